"""Watch: failing traces become incidents, turn by turn.

A turn reads the errors behind the committed log position, lets their traces wait until they are still, investigates those
that are due, counts them into causes, and commits incidents, error groups, waiting traces and the new position as one.
So a crash loses nothing and counts nothing twice: either all of a turn is there, or the next one does it again.

A trace with an error record before the one that made it wait was accounted for then, by being counted, or by being skipped
since the backlog was full. It is only told anew (Ledger.recount). So is a story, when an error of another of its traces comes
late: it stays one failure, of one incident (accounting.py).

The cost is bounded, for the doors share the interpreter. Of the traces in a turn that fail by the same set of errors (their
signature: precedents.py) a few are investigated; where these agree, the others are counted by their cause unread, and the
incident says how many. And after each turn the watch rests, so that it takes at most CORE_SHARE of one core; what it does not
get to waits, and past the backlog is skipped. Whether a trace was counted before is known without reading it from what the
watch remembers: the last failing_traces.REMEMBERED of them, after a restart those of the last RECALLED log positions. So a
trace can count twice only when it fails again in the same way after more than that, amid others that fail so for the first
time.

Only an error that arrives makes a trace wait again: a late span without an error does not, though the API, which explains a
trace from what is there when it is asked, will show it. Errors are read ERRORS_PER_TURN at a time and traces investigated
`max_traces_per_turn` at a time; what exceeds the backlog is skipped and counted, and its errors are in the error groups still.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from threading import Event
from typing import Final, Protocol

import structlog

from correlator.correlate.log_template import LogTemplates
from correlator.errors import Superseded
from correlator.incidents.error_groups import SeenError, errors_in, grow_groups
from correlator.incidents.lifecycle import OPEN, RESOLVED, Rules
from correlator.incidents.sighting import sighting_of_log
from correlator.model.incident import FailureSighting, Incident, WaitingTrace
from correlator.model.rows import logs_of, spans_of
from correlator.model.span import LogRecord, Span
from correlator.model.tables import Tables
from correlator.pipeline.stories.investigate import Investigator
from correlator.pipeline.watch.accounting import BY_SIGNATURE, Accounting, Look, Moment
from correlator.pipeline.watch.error_arrivals import arrivals_of, behind_s, keys_of, last_position, told_until
from correlator.pipeline.watch.failing_traces import FailingTraces
from correlator.pipeline.watch.ledger import Balance, Ledger
from correlator.pipeline.watch.loose_errors import loose_errors
from correlator.pipeline.watch.metrics import WatchMetrics
from correlator.pipeline.watch.precedents import REPRESENTATIVES
from correlator.pipeline.watch.waiting import Queue, enqueue, is_due, without
from correlator.store.contract import Catalog, Reader, WatchCommit, WatchState
from correlator.telemetry.metrics import EngineMetrics

log = structlog.get_logger()

ERRORS_PER_TURN: Final = 2_000
"""Error records read at a time: at 0.1 ms each a fifth of a second's work (tests/benchmarks/watch.py)."""
HALF_A_TURN: Final = ERRORS_PER_TURN // 2
"""Fewer errors than this are all there were, or the next request alone has more: that one can wait for the next turn."""
CORE_SHARE: Final = 0.25
"""Of one core, over a turn and the rest after it: by reasoning, a quarter leaves the doors the larger part of two cores."""
RECALLED: Final = 2**30
"""Log positions, in the embedded store bytes: at 40,000 spans a second the last minute, at 1,000 the last 40."""


Hear = Callable[[Sequence[Span], Sequence[LogRecord], Iterable[FailureSighting]], None]
"""Takes the error records of a turn, and the failures that it counted."""


class WatchedStore(Reader, Catalog, Protocol):
    """What the watch reads from and concludes into."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What a turn did. `is_behind`: there may be more to do at once."""

    errors: int  # records read
    investigated: int  # traces
    counted_by_signature: int  # traces, not investigated
    waiting: int  # traces
    is_behind: bool


class Watch:
    """Keeps the incidents of one store. One watch a store, from one thread.

    `threshold` failing traces by one cause within `window_s` open an incident, `quiet_s` without one resolves it. A trace is
    investigated once still for `settle_s`; at most `backlog` wait. At most `max_traces_per_turn` are investigated in a turn,
    and `representatives` of each signature before others are counted by it. `tell` hears of each incident that opened or was
    resolved (the kind: opened | resolved), once that is committed; it must return at once. `hear` gets each turn's error records and the failures that it counted,
    once they are committed.
    """

    def __init__(
        self,
        store: WatchedStore,
        investigator: Investigator,
        metrics: EngineMetrics,
        *,
        threshold: int,
        window_s: float,
        quiet_s: float,
        settle_s: float,
        max_traces_per_turn: int,
        backlog: int,
        representatives: int = REPRESENTATIVES,
        clock_unix_nano: Callable[[], int] = time.time_ns,
        tell: Callable[[str, Incident], None] = lambda kind, incident: None,
        hear: Hear = lambda spans, logs, failures: None,
    ) -> None:
        self._hear = hear
        self._tell = tell
        self._store = store
        self._investigator = investigator
        self._metrics = WatchMetrics(metrics)
        self._rules = Rules(threshold, window_s, quiet_s)
        self._settle_s = settle_s
        self._max_traces_per_turn = max_traces_per_turn
        self._backlog = backlog
        self._representatives = representatives
        self._clock = clock_unix_nano
        self._templates = LogTemplates()
        self._failing: FailingTraces | None = None
        self._left_at: int | None = None  # the position after the last turn

    def run(self, stop: Event, interval_s: float) -> None:
        """Turn until `stop` is set, `interval_s` apart or, while behind, as soon as CORE_SHARE allows.

        An error ends its turn, never the loop. Raises Superseded where another watch has committed: what this one remembers is
        stale.
        """
        while not stop.is_set():
            is_behind, started_s = False, time.thread_time()
            try:
                is_behind = self.turn(stop).is_behind
            except Superseded:
                raise
            except Exception:
                self._metrics.turn_failed()
                log.exception("watch_turn_failed")
            stop.wait(max(_rest_s(time.thread_time() - started_s), 0.0 if is_behind else interval_s))

    def turn(self, stop: Event | None = None) -> Turn:
        """One turn, committed as a whole; cut short once `stop` is set. Raises what the store raises, and Superseded where another
        watch has turned since; then nothing has changed."""
        now = self._clock()
        state = self._state()
        failing = self._failing_traces(state.position, stop)
        errors = self._store.errors_after(state.position, ERRORS_PER_TURN)
        spans, logs = _rows(errors)
        seen, arrivals, loose = _seen(spans, logs), arrivals_of(errors), loose_errors(self._store, errors)
        failing.hear([*arrivals, *loose.arrivals], seen)
        failing.note_keys(keys_of(errors))
        queue = enqueue(state.waiting, [*arrivals, *loose.arrivals], self._backlog)
        due = [each for each in queue.waiting if is_due(each, now, self._settle_s)]
        ledger = Ledger(self._store, state.pending, self._rules)
        for sighting in _log_sightings(_seen(*_rows(Tables(logs=loose.alone))) if loose.arrivals else seen, now):
            ledger.count(sighting)
        moment = Moment(
            now,
            self._settle_s,
            last_position(errors, state.position),
            frozenset(each.trace_id for each in queue.waiting),
        )
        accounting = Accounting(
            self._investigator,
            failing,
            ledger,
            moment,
            representatives=self._representatives,
            max_traces=self._max_traces_per_turn,
        )
        looks = list(accounting.looks(due, stop))
        waiting = without(queue.waiting, {look.trace_id: look.waits_on for look in looks})
        balance = ledger.balance(told_until(errors, waiting, now))
        self._commit(state, WatchState(last_position(errors, state.position), balance.pending, waiting), balance, seen)
        self._hear(spans, logs, ledger.counted)
        self._show(queue, looks, waiting, balance, behind_s(errors, waiting, now))
        counted = sum(look.outcome == BY_SIGNATURE for look in looks)
        is_behind = errors.num_rows > HALF_A_TURN or len(due) > len(looks)
        return Turn(errors.num_rows, sum(look.is_read for look in looks), counted, len(waiting), is_behind)

    def _state(self) -> WatchState:
        """As this watch left it: what another has accounted for since is not among what this one remembers."""
        state = self._store.watch_state()
        if self._left_at not in (None, state.position):
            raise Superseded(f"another watch has come to position {state.position}; begin a new one")
        return state

    def _failing_traces(self, position: int, stop: Event | None) -> FailingTraces:
        """What is remembered; first of all the error records that were accounted for before this process began.

        That takes seconds where they are many: told to stop it breaks off, and as accounting then counts nothing, none is
        missed. The next turn recalls them anew.
        """
        if self._failing is None:
            failing, after = FailingTraces(), max(-1, position - RECALLED)
            while (
                after < position
                and not _is_set(stop)
                and (errors := self._store.errors_after(after, ERRORS_PER_TURN)).num_rows
            ):
                failing.recall(each for each in arrivals_of(errors) if each.position <= position)
                failing.note_keys(keys_of(errors))
                after = last_position(errors, after)
            if _is_set(stop):
                return failing
            self._failing = failing
        return self._failing

    def _commit(self, before: WatchState, after: WatchState, balance: Balance, seen: Sequence[SeenError]) -> None:
        """Write what changed, if anything did: an idle turn costs no write."""
        known = {
            group.fingerprint: group
            for each in {error.group for error in seen}
            if (group := self._store.error_group(each)) is not None
        }
        groups = grow_groups(known, seen, self._templates)
        if after != before or balance.changed:
            self._store.commit_watch(WatchCommit(after, balance.changed, tuple(groups.values())))
        self._left_at = after.position

    def _show(
        self, queue: Queue, looks: Sequence[Look], waiting: Sequence[WaitingTrace], balance: Balance, behind_s: float
    ) -> None:
        self._metrics.investigated(look.outcome for look in looks if look.outcome is not None)
        self._metrics.skipped(queue.skipped)
        self._metrics.waiting(len(waiting), behind_s)
        self._metrics.incidents(balance.opened, balance.open_incidents)
        for incident in balance.changed:
            if incident.state == RESOLVED or incident in balance.opened:
                kind = "opened" if incident.state == OPEN else "resolved"
                log.info(f"incident_{kind}", key=incident.key, severity=incident.severity, failures=incident.failures)
                self._tell(kind, incident)
        if queue.skipped:
            log.warning("failing_traces_skipped", count=queue.skipped, backlog=self._backlog)
        if balance.forgotten:
            log.warning("pending_causes_forgotten", count=balance.forgotten)


def _is_set(stop: Event | None) -> bool:
    return stop is not None and stop.is_set()


def _rest_s(worked_s: float) -> float:
    """How long to rest after so much work for the two together to stay within CORE_SHARE."""
    return worked_s * (1 / CORE_SHARE - 1)


def _rows(errors: Tables) -> tuple[list[Span], list[LogRecord]]:
    """The records as values. Where one breaks us there are none; their traces are looked at all the same."""
    try:
        return spans_of(errors.spans), logs_of(errors.logs)
    except Exception:
        log.exception("errors_not_read", count=errors.num_rows)
        return [], []


def _seen(spans: Sequence[Span], logs: Sequence[LogRecord]) -> list[SeenError]:
    """The errors by what they say. Records that break us are in no group; their traces are looked at all the same."""
    try:
        return errors_in(spans, logs)
    except Exception:
        log.exception("errors_not_grouped", count=len(spans) + len(logs))
        return []


def _log_sightings(seen: Iterable[SeenError], now_unix_nano: int) -> list[FailureSighting]:
    """One for each ERROR log without a trace; those of one group share their explanation."""
    sightings: list[FailureSighting] = []
    explained: dict[str, FailureSighting] = {}
    for error in seen:
        if error.trace_id is None:
            if error.group not in explained:
                explained[error.group] = sighting_of_log(error.event, now_unix_nano)
            sightings.append(
                replace(explained[error.group], time_unix_nano=min(error.event.time_unix_nano, now_unix_nano))
            )
    return sightings
