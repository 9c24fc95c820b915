"""However failures, late errors, turns, restarts and crashes mix: each failing trace counts once, in the same incidents."""

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from correlator import semconv
from correlator.errors import StoreError
from correlator.model.incident import Incident
from correlator.store.contract import WatchCommit
from correlator.store.memory import MemoryStore
from tests.unit.pipeline.watch.watched import MISSING_FIELD, NO_DISK, NO_REASON, Watched, span

REASONS = (MISSING_FIELD, NO_DISK)


@dataclass(frozen=True)
class Step:
    """What happens; afterwards `pause_s` pass. A trace fails for one reason alone; a record sent again is the same."""

    kind: str
    trace: int
    attempt: int
    pause_s: float

    def happen_to(self, watched: Watched) -> None:
        reason = REASONS[self.trace % 2]
        workflow = span(
            self.trace, 1, None, semconv.N8N_WORKFLOW_SPAN, 0, NO_REASON, **{semconv.N8N_WORKFLOW_NAME: "flow"}
        )
        job = span(self.trace, 2 + self.attempt, 1, "invoice.render", 0, reason, kind=semconv.KIND_CONSUMER)
        if self.kind in ("n8n", "story"):
            watched.receive(workflow, service="n8n")
        if self.kind in ("worker", "story"):
            watched.receive(job)
        if self.kind == "log":
            watched.receive_log(reason[1], trace=self.trace)
        watched.now_s += self.pause_s


RECORDS = ("story", "worker", "n8n", "log")
KINDS = st.sampled_from((*RECORDS, "story", "story", "turn", "turn", "restart", "crash"))
TRACES, ATTEMPTS = st.integers(1, 12), st.integers(0, 2)
STEPS = st.lists(st.builds(Step, KINDS, TRACES, ATTEMPTS, st.sampled_from([0.0, 0.0, 0.5, 3.0])), max_size=30)
ARRIVALS = st.lists(st.builds(Step, st.sampled_from(RECORDS), TRACES, ATTEMPTS, st.just(0.0)), max_size=30)


class CrashingStore(MemoryStore):
    """Loses the next commit when told to, as a crash before it would."""

    crashes_next = False

    def commit_watch(self, commit: WatchCommit) -> None:
        if self.crashes_next:
            self.crashes_next = False
            raise StoreError("crashed before the commit")
        super().commit_watch(commit)


@settings(max_examples=150, deadline=None)
@given(STEPS, st.integers(1, 3), st.integers(1, 5))
def test_every_failing_trace_counts_exactly_once(steps: list[Step], representatives: int, budget: int) -> None:
    """Whether it is investigated or counted by signature, and whatever the process goes through."""
    store = CrashingStore()
    watched = Watched(store, representatives=representatives, max_traces_per_turn=budget)
    for step in steps:
        step.happen_to(watched)
        if step.kind in ("turn", "crash"):
            store.crashes_next = step.kind == "crash"
            turn_or_crash(watched)
            store.crashes_next = False
        elif step.kind == "restart":
            watched.restart()
    settle(watched)
    assert sum(each.failures for each in watched.incidents()) == len(failing(steps))
    assert watched.store.watch_state().waiting == ()


@settings(max_examples=150, deadline=None)
@given(ARRIVALS)
def test_counting_by_signature_gives_what_investigating_all_gives(steps: list[Step]) -> None:
    """Keys, failures, times and who was hit, where the traces arrived whole before their turn."""
    hurried, thorough = Watched(representatives=1), Watched(representatives=1_000)
    for watched in (hurried, thorough):
        for step in steps:
            step.happen_to(watched)
        settle(watched)
    assert [essence(each) for each in hurried.incidents()] == [essence(each) for each in thorough.incidents()]
    assert all(each.counted_by_signature == 0 for each in thorough.incidents())


def turn_or_crash(watched: Watched) -> None:
    try:
        watched.watch.turn()
    except StoreError:
        watched.restart()


def settle(watched: Watched) -> None:
    watched.now_s += 3
    while watched.watch.turn().is_behind:
        pass


def failing(steps: list[Step]) -> set[int]:
    return {step.trace for step in steps if step.kind in RECORDS}


def essence(incident: Incident) -> tuple[object, ...]:
    return (
        incident.key,
        incident.failures,
        incident.severity,
        incident.services,
        incident.workflows,
        incident.opened_at_unix_nano,
        incident.last_seen_unix_nano,
        incident.trace_ids,
    )
