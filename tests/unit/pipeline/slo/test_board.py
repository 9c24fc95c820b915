"""Objectives on /metrics, turn by turn, over a ledger."""

from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry

from correlator.model.objective import Objective, RecordSource, Slices
from correlator.model.outcome import MinuteChange, MinuteKey, Posting
from correlator.pipeline.slo import board as board_module
from correlator.pipeline.slo.board import ObjectiveBoard
from correlator.pipeline.slo.objectives import Objectives
from correlator.pipeline.slo.running_counts import counts_after
from correlator.pipeline.slo.status import StatusReader
from correlator.store.contract import LedgerCommit, LedgerState
from correlator.store.memory import MemoryStore
from correlator.telemetry.objective_metrics import ObjectiveMetrics
from tests.unit.pipeline.slo.counted import BRIDGE, ELSEWHERE
from tests.unit.slo.series import FIRST, after, objective

SLICED = objective(id="bridge-minutes", name="minutes", budgeting="Timeslices", slices=Slices(300, 0.9))
EACH = objective(
    id="n8n-success", service="n8n", name="success", source=RecordSource("executions", per_workflow=True)
)  # fmt: skip


class Watched:
    """A ledger that is counted into, and what a scrape shows of it. Times are minutes after FIRST."""

    def __init__(self, *objectives: Objective, store: MemoryStore | None = None, first_scrape_s: float = 0) -> None:
        self.store = store or MemoryStore()
        self.now = 0.0
        self.objectives = Objectives(objectives, self.store)
        reader = StatusReader(self.objectives, self.store, lambda: self.now_unix_nano)
        self.registry, metrics = CollectorRegistry(), ObjectiveMetrics()
        self.registry.register(metrics)
        self.board = ObjectiveBoard(reader, self.store, metrics, first_scrape_s)

    @property
    def now_unix_nano(self) -> int:
        return after(0) + int(self.now * 60e9)

    def turn(self, now: float, objective_id: str = BRIDGE.id, **minutes: tuple[int, int]) -> None:
        """A turn of the ledger with changes of m0, m7, ..., and then of the board."""
        self.now = now
        changes = {
            MinuteKey(objective_id, FIRST + int(name[1:])): MinuteChange(*each) for name, each in minutes.items()
        }
        counts = counts_after(self.store, self.objectives.all(), changes, self.now_unix_nano)
        known = {key.minute for key in changes}
        self.store.commit_ledger(LedgerCommit(LedgerState(0), Posting({}, changes), known, counts=counts))
        self.board.turn(self.now_unix_nano, {key.objective_id for key in changes})

    def shown(self, name: str, **labels: str) -> float | None:
        """A gauge, or a counter of the engine."""
        wanted = {"sloth_id": BRIDGE.id, "sloth_service": "bridge", "sloth_slo": "availability"} | labels
        return self.registry.get_sample_value(f"correlator_slo_{name}", wanted)

    def counters(self, objective_id: str = BRIDGE.id, **labels: str) -> tuple[float | None, float | None]:
        """Good events, and all."""
        given = {"objective": objective_id, "sloth_id": objective_id} | labels
        return self.shown("good_events_total", **given), self.shown("events_total", **given)


def test_counters_begin_at_zero_before_the_first_event() -> None:
    """Else their first step is lost."""
    watched = Watched(BRIDGE)
    watched.turn(0)
    assert watched.counters() == (0.0, 0.0)
    watched.turn(1, m0=(9, 10))
    assert watched.counters() == (9.0, 10.0)


def test_new_counters_stay_at_zero_until_they_were_scraped() -> None:
    """A workflow becomes known by its first event."""
    watched = Watched(EACH, first_scrape_s=60)
    watched.store.commit_ledger(LedgerCommit(LedgerState(0), workflows={"w1": "Orders"}))
    identity = {"objective": EACH.id, "sloth_service": "n8n", "sloth_slo": "success-w1"}
    watched.turn(0, "n8n-success-w1", m0=(2, 3))
    assert watched.counters("n8n-success-w1", **identity) == (0.0, 0.0)
    watched.turn(0.9)
    assert watched.counters("n8n-success-w1", **identity) == (0.0, 0.0)
    watched.turn(1)
    assert watched.counters("n8n-success-w1", **identity) == (2.0, 3.0)


def test_counters_do_not_fall_by_corrections_forgetting_or_a_restart() -> None:
    """A fall would look like a reset: everything would be counted again."""
    watched = Watched(BRIDGE)
    watched.turn(1, m0=(10, 10))
    watched.turn(2, m0=(-3, 0))
    assert watched.counters() == (10.0, 10.0)
    watched.store.commit_ledger(LedgerCommit(LedgerState(0), forget_before_minute=FIRST + 1))
    again = Watched(BRIDGE, store=watched.store, first_scrape_s=60)
    again.turn(3)
    assert again.counters() == (10.0, 10.0)  # at once: Prometheus knows them
    again.turn(4, m3=(3, 3))
    assert again.counters() == (10.0, 13.0)
    again.turn(5, m4=(1, 1))
    assert again.counters() == (11.0, 14.0)


def test_a_budget_of_time_counts_slices_that_are_over() -> None:
    """What the budget is counted in."""
    watched = Watched(SLICED)
    watched.turn(1, SLICED.id, m0=(7, 10))
    assert watched.counters(SLICED.id, sloth_slo="minutes") == (0.0, 0.0)
    watched.turn(5)
    assert watched.counters(SLICED.id, sloth_slo="minutes") == (0.0, 1.0)


def test_gauges_tell_budget_burn_rates_coverage_and_alerts() -> None:
    """For dashboards without rules."""
    watched = Watched(BRIDGE)
    watched.turn(0)
    assert watched.shown("objective_ratio") == 0.999
    assert watched.shown("error_budget_remaining_ratio") is None
    assert watched.shown("burn_rate", window="1h") is None
    watched.turn(1, m0=(0, 10))
    assert watched.shown("error_budget_remaining_ratio") == pytest.approx(1 - 1_000)
    assert watched.shown("burn_rate", window="1h") == pytest.approx(1_000)
    assert watched.shown("coverage_ratio") == pytest.approx(1 / 43_200)
    assert watched.shown("alert_active", sloth_severity="page") == 1.0


def test_within_a_minute_only_what_changed_is_read_again() -> None:
    """And with the next minute everything: windows move on."""
    watched = Watched(BRIDGE)
    watched.turn(1.1, m0=(0, 10))
    watched.store.commit_ledger(
        LedgerCommit(LedgerState(0), Posting({}, {MinuteKey(BRIDGE.id, FIRST): MinuteChange(90, 90)}))
    )
    watched.turn(1.2)
    assert watched.shown("burn_rate", window="5m") == pytest.approx(1_000)
    watched.turn(2.1)
    assert watched.shown("burn_rate", window="5m") == pytest.approx(100)


def test_what_a_prometheus_counts_is_not_shown() -> None:
    """It is there already."""
    watched = Watched(ELSEWHERE)
    watched.turn(0)
    assert next(iter(watched.registry.collect())).samples == []


def test_past_the_bound_objectives_are_counted_and_those_shown_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """A counter that comes and goes is none."""
    monkeypatch.setattr(board_module, "SHOWN", 1)
    watched = Watched(EACH)
    watched.store.commit_ledger(LedgerCommit(LedgerState(0), workflows={"w2": ""}))
    watched.turn(0)
    watched.store.commit_ledger(LedgerCommit(LedgerState(0), workflows={"w1": ""}))
    watched.turn(1)
    identity = {"objective": EACH.id, "sloth_service": "n8n", "sloth_slo": "success-w2"}
    assert watched.counters("n8n-success-w2", **identity) == (0.0, 0.0)
    assert watched.registry.get_sample_value("correlator_slo_unshown_objectives") == 1.0


def test_an_objective_that_is_gone_is_no_longer_shown() -> None:
    """Another engine start, other files."""
    store = MemoryStore()
    Watched(BRIDGE, store=store).turn(1, m0=(1, 1))
    other = Watched(replace(BRIDGE, id="other"), store=store)
    other.turn(2)
    assert other.counters() == (None, None)
