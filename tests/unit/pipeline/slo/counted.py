"""Objectives with minutes counted in the reference store."""

from collections.abc import Iterable, Mapping

from correlator.errors import Unavailable
from correlator.model.objective import Objective, PrometheusRatio, Slices
from correlator.model.outcome import MinuteChange, MinuteKey, Posting
from correlator.pipeline.slo.objectives import Objectives
from correlator.pipeline.slo.status import StatusReader
from correlator.slo.minute_series import MinuteSeries
from correlator.store.contract import LedgerCommit, OutcomeLedger
from correlator.store.memory import MemoryStore
from tests.unit.slo.series import FIRST, after, objective

HOUR = 60
BRIDGE = objective()
QUEUE = objective(id="queue-errors", service="queue", name="errors", title="Jobs are queued")
ELSEWHERE = objective(
    id="shop-checkout",
    service="shop",
    name="checkout",
    title="Checkouts work",
    source=PrometheusRatio("shop:checkout:ratio", is_bad=False),
    budgeting="RatioTimeslices",
    slices=Slices(60, None),
)


class NobodyAnswers:
    """A Prometheus that is down."""

    def series(self, objective: Objective, first_minute: int, end_minute: int) -> MinuteSeries:
        raise Unavailable("http://127.0.0.1:9090 does not answer: refused; start it", retry_after_s=5)


def count(
    ledger: OutcomeLedger,
    minutes: Mapping[int, tuple[int, int]],
    known: Iterable[int] = (),
    objective_id: str = BRIDGE.id,
    **commit: object,
) -> None:
    """Add (good, total) to minutes after FIRST; those, and more, are known."""
    changes = {MinuteKey(objective_id, FIRST + each): MinuteChange(*sums) for each, sums in minutes.items()}
    known_minutes = {FIRST + each for each in (*minutes, *known)}
    state = ledger.ledger_state()
    ledger.commit_ledger(LedgerCommit(state, Posting({}, changes), known_minutes, **commit))  # type: ignore[arg-type]


def reader_of(ledger: OutcomeLedger, *objectives: Objective, now: int) -> StatusReader:
    """Statuses as of so many minutes after FIRST."""
    return StatusReader(Objectives(objectives, ledger, NobodyAnswers()), ledger, lambda: after(now))


def an_outage(minutes: int = 10, *, days: int = 30) -> tuple[MemoryStore, int]:
    """100 calls a minute, all of them good, and in the last minutes all bad; with when that ends, minutes after FIRST."""
    store, end = MemoryStore(), days * 24 * HOUR
    count(store, {each: (0 if each >= end - minutes else 100, 100) for each in range(end)})
    return store, end
