"""The ledger's thread: new requests are counted, silent failures told, alerts decided, old minutes forgotten.

A minute is known when the ledger turned in it, from its first turn on, for the engine could hear then; and when events of it
are counted, however late they come. While the engine is down, or its machine asleep, minutes are unknown. The minute that runs is known as far as
it has come: alerts look at it, so that an outage is seen within the first minutes.

The cost is bounded, as the watch's: after each page the thread rests, so that it takes at most CORE_SHARE of one core. A
page is a segment or the head: up to a million spans, a second's work.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from threading import Event
from typing import Final

import structlog

from correlator.errors import Superseded
from correlator.model.objective import DAY_S
from correlator.model.outcome import MinuteChange, MinuteKey, Posting
from correlator.pipeline.slo.alerts import Alerts, Tell, untold
from correlator.pipeline.slo.callback_ends import Statuses, told_by_callbacks
from correlator.pipeline.slo.counting import Counting
from correlator.pipeline.slo.objectives import Objectives, kept_minutes
from correlator.pipeline.slo.silent_runs import ClockFailures, Running
from correlator.slo.minute_series import MINUTE_NANO
from correlator.slo.silence import SilentFailure
from correlator.slo.windows import MINUTE_S
from correlator.store.contract import LedgerCommit, OutcomeLedger
from correlator.telemetry.ledger_metrics import LedgerMetrics

log = structlog.get_logger()

CORE_SHARE: Final = 0.25
"""Of one core, over a page and the rest after it: as the watch (pipeline/watch/watch.py)."""
KEPT_DAYS: Final = 100
"""What reports look back on: a quarter, and the week before it. A longer period keeps more."""
PARTS_KEPT_MINUTES: Final = 14 * DAY_S // MINUTE_S
"""As long as n8n keeps its executions (336 h), and so may correct them. Outcomes stay: what is told again later still counts once."""
HEARD: Final = 10
"""Minutes that end with a turn and are known by it: one takes seconds, the longest with its rest a few minutes. After more the
process was stopped, or the clock was set."""
FORGET_EVERY: Final = 60
"""Minutes between two times that old minutes are forgotten."""
LOGGED: Final = 20
"""Silent failures of a turn that are logged one by one; all are counted."""

NO_POSTING: Final = Posting({}, {})

Shown = Callable[[int, Collection[str]], None]
"""Called after each turn with now and the ids of objectives whose minutes have changed."""


def unshown(now_unix_nano: int, changed: Collection[str]) -> None:
    """Shows nothing."""


class LedgerJob:
    """Keeps the ledger of one store. From one thread.

    `running` tells the runs of a workflow that have not ended, `ended` what is known of those that have; `show` is called before the first turn and whenever all is
    counted, `tell` when an alert begins or ends.
    """

    def __init__(
        self,
        store: OutcomeLedger,
        objectives: Objectives,
        counting: Counting,
        metrics: LedgerMetrics,
        *,
        running: Running = lambda workflow_id: (),
        ended: Statuses = tuple,
        show: Shown = unshown,
        tell: Tell = untold,
        clock_unix_nano: Callable[[], int] = time.time_ns,
    ) -> None:
        self._store = store
        self._objectives = objectives
        self._counting = counting
        self._clock_failures = ClockFailures(store, objectives.written, running)
        self._alerts = Alerts(store, objectives, tell)
        self._ended = ended
        self._metrics = metrics
        self._show = show
        self._clock = clock_unix_nano
        self._kept_minutes = max([KEPT_DAYS * DAY_S // MINUTE_S, *map(kept_minutes, objectives.written)])
        self._changed: set[str] = set()  # objectives whose minutes have changed since alerts were decided
        self._heard: int | None = None  # the last minute that is noted as known
        self._judged: int | None = None  # the minute in which runs were last judged by the clock
        self._forgot: int | None = None

    def run(self, stop: Event, interval_s: float) -> None:
        """Turn until `stop` is set, `interval_s` apart or, while there is more, as soon as CORE_SHARE allows.

        An error ends its turn, never the loop. Raises Superseded where another has committed to the ledger: what is remembered
        of it is stale.
        """
        caught_up = time.monotonic()
        while not stop.is_set():
            pause_s, started_s, begun = interval_s, time.thread_time(), time.monotonic()
            try:
                if self.turn():
                    pause_s = 0.0
                else:
                    caught_up = begun
            except Superseded:
                raise
            except Exception:
                self._metrics.turn_failed()
                log.exception("slo_turn_failed")
            self._metrics.behind(max(0.0, begun - caught_up))
            stop.wait(max((time.thread_time() - started_s) * (1 / CORE_SHARE - 1), pause_s))

    def turn(self) -> bool:
        """Count one page; once all are counted, look at the clock. Whether there may be more to count."""
        now = self._clock()
        minute = now // MINUTE_NANO
        if self._heard is None:
            self._show(now, ())  # counters are there before the first event: Prometheus has to see them at 0
        known = range(minute if self._heard is None else max(self._heard, minute - HEARD) + 1, minute + 1)
        counted = self._counting.count_page(now, known)
        if counted.is_end and known:
            self._counting.post(NO_POSTING, (), known, now)
        self._heard = minute
        self._note(counted.changes, counted.failures)
        if not counted.is_end:
            return True
        if self._judged != minute:
            self._judge(now)
            self._judged = minute
        self._alerts.turn(now, self._changed)
        self._show(now, self._changed)
        self._changed = set()
        self._forget(minute)
        return False

    def _judge(self, now_unix_nano: int) -> None:
        if told := told_by_callbacks(self._store, self._ended(), now_unix_nano):
            counted = self._counting.count_told(told, now_unix_nano)
            self._note(counted.changes, counted.failures)
        found = self._clock_failures.turn(now_unix_nano)
        if found.runs or found.posting.standing or found.posting.gone:
            self._counting.post(found.posting, found.runs, (), now_unix_nano)
            self._note(found.posting.changes, found.failures)

    def _note(self, changes: Mapping[MinuteKey, MinuteChange], failures: Sequence[SilentFailure]) -> None:
        self._changed |= {key.objective_id for key in changes}
        self._metrics.silent(each.kind for each in failures)
        for each in failures[:LOGGED]:
            log.warning(
                "silent_failure",
                kind=each.kind,
                workflow_id=each.workflow_id,
                execution_id=each.execution_id or None,
                at_unix_nano=each.at_unix_nano,
                reason=each.reason,
            )
        if len(failures) > LOGGED:
            log.warning("silent_failures_not_logged", count=len(failures) - LOGGED)

    def _forget(self, minute: int) -> None:
        if self._forgot is None or minute - self._forgot >= FORGET_EVERY:
            state = self._store.ledger_state()
            self._objectives.commit(
                LedgerCommit(
                    state,
                    forget_before_minute=minute - self._kept_minutes,
                    forget_parts_before_minute=minute - PARTS_KEPT_MINUTES,
                )
            )
            self._forgot = minute
