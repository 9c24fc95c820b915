"""What every store must do with what the engine concluded: the contract's Catalog."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from correlator.errors import InvalidInput
from correlator.model.finding import Candidate, Evidence, Finding
from correlator.model.incident import ErrorGroup, FailureSighting, Incident, PendingCause, WaitingTrace
from correlator.store.contract import IncidentQuery, Store, WatchCommit, WatchState
from correlator.store.memory import MemoryStore
from correlator.store.segments import SegmentStore
from tests.conformance.on_elasticsearch import on_elasticsearch
from tests.conformance.records import decode

FINDING = Finding(
    "the worker failed first",
    abstained=False,
    candidates=(
        Candidate("worker", "charge", "worker", "exception", 2.5, 0.9, "f1", "ValueError", "no such card",
                  (Evidence("exception", "worker", "ValueError", window=(1, 2)),)),
    ),
)  # fmt: skip
SIGHTING = FailureSighting("ab" * 16, 5, FINDING, ("worker",), ("worker",), ("Order",), "f1")
GROUP = ErrorGroup("f1", "worker", "worker", "charge", "ValueError", "no such *", 3, 1, 9, ("ab" * 16,))


def incident(cause: str, ordinal: int, opened_at: int, state: str = "open") -> Incident:
    """A whole value, so that every field makes the way."""
    return Incident(
        key=f"{cause}-{ordinal}",
        cause_fingerprint=cause,
        state=state,
        severity="error",
        title="charge fails",
        opened_at_unix_nano=opened_at,
        last_seen_unix_nano=opened_at + 1,
        resolved_at_unix_nano=None,
        failures=2,
        services=("worker",),
        systems=("worker",),
        workflows=("Order",),
        trace_ids=("ab" * 16,),
        root_cause=FINDING,
    )


STORES: dict[str, Callable[[Path], Store]] = {
    "memory": lambda folder: MemoryStore(),
    "segments": lambda folder: SegmentStore(folder, decode, upkeep_interval_s=None),
    "elasticsearch": on_elasticsearch,
}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    store = STORES[request.param](tmp_path)
    yield store
    store.close()


def test_a_new_store_has_concluded_nothing(store: Store) -> None:
    """Absence is a normal answer."""
    assert store.watch_state() == WatchState()
    assert store.incident("f1-1") is None
    assert store.error_group("f1") is None
    assert store.incidents(IncidentQuery()).incidents == ()
    assert store.error_groups(10).error_groups == ()


def test_a_commit_comes_back_whole(store: Store) -> None:
    """State, incidents and error groups are equal to what was committed."""
    state = WatchState(7, (PendingCause("f1", (SIGHTING,)),), (WaitingTrace("cd" * 16, 4, 1, 2),))
    store.commit_watch(WatchCommit(state, (incident("f1", 1, 10),), (GROUP,)))
    assert store.watch_state() == state
    assert store.incident("f1-1") == incident("f1", 1, 10)
    assert store.error_group("f1") == GROUP


def test_a_commit_replaces_what_has_its_key(store: Store) -> None:
    """Incidents by key and error groups by fingerprint are upserted, the state is replaced; the rest stays."""
    store.commit_watch(WatchCommit(WatchState(1), (incident("f1", 1, 10), incident("f2", 1, 11)), (GROUP,)))
    changed = replace(incident("f1", 1, 10), state="resolved", resolved_at_unix_nano=30)
    store.commit_watch(WatchCommit(WatchState(2), (changed,), (replace(GROUP, count=4),)))
    assert store.watch_state() == WatchState(2)
    assert (store.incident("f1-1"), store.incident("f2-1")) == (changed, incident("f2", 1, 11))
    assert store.error_groups(10).error_groups == (replace(GROUP, count=4),)


def test_incidents_are_listed_newest_first_by_cursor(store: Store) -> None:
    """Ties go by key; following cursors reaches each once."""
    opened = [("c", 5), ("a", 9), ("b", 5), ("d", 1), ("e", 5)]
    store.commit_watch(WatchCommit(WatchState(), tuple(incident(cause, 1, at) for cause, at in opened)))
    for limit in (1, 2, 3, 9):
        keys, cursor = [], None
        while True:
            page = store.incidents(IncidentQuery(limit=limit, cursor=cursor))
            keys += [one.key for one in page.incidents]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert keys == ["a-1", "b-1", "c-1", "e-1", "d-1"]


def test_incidents_are_filtered_by_state_and_time(store: Store) -> None:
    """Bounds are [start, end) on the opening."""
    incidents = (incident("a", 1, 1, "resolved"), incident("b", 1, 2), incident("c", 1, 3))
    store.commit_watch(WatchCommit(WatchState(), incidents))

    def keys(query: IncidentQuery) -> list[str]:
        return [one.key for one in store.incidents(query).incidents]

    assert keys(IncidentQuery(state="open")) == ["c-1", "b-1"]
    assert keys(IncidentQuery(start_unix_nano=1, end_unix_nano=3)) == ["b-1", "a-1"]
    assert keys(IncidentQuery(state="resolved", start_unix_nano=2)) == []


def test_a_foreign_cursor_is_invalid_input(store: Store) -> None:
    """A text that no store made is refused."""
    with pytest.raises(InvalidInput, match="cursor"):
        store.incidents(IncidentQuery(cursor="?"))


def test_incidents_of_a_cause_come_by_ordinal(store: Store) -> None:
    """As numbers, not as texts, and whatever dashes the fingerprint has."""
    store.commit_watch(
        WatchCommit(WatchState(), tuple(incident("v1-f1", ordinal, 100 - ordinal) for ordinal in (10, 2, 1)))
    )
    assert [one.key for one in store.incidents_of_cause("v1-f1")] == ["v1-f1-1", "v1-f1-2", "v1-f1-10"]
    assert store.incidents_of_cause("f9") == ()


def test_error_groups_are_listed_last_seen_first(store: Store) -> None:
    """Ties go by fingerprint, and the limit holds."""
    groups = tuple(
        replace(GROUP, fingerprint=name, last_seen_unix_nano=at)
        for name, at in (("b", 5), ("a", 5), ("c", 9), ("d", 1))
    )
    store.commit_watch(WatchCommit(WatchState(), (), groups))
    assert [group.fingerprint for group in store.error_groups(3).error_groups] == ["c", "a", "b"]


def test_a_commit_that_fails_changes_nothing(store: Store) -> None:
    """All or nothing: a value that cannot be kept leaves the state before."""
    before = WatchCommit(WatchState(1), (incident("f1", 1, 10),))
    store.commit_watch(before)
    broken = replace(incident("f2", 1, 10), key="no ordinal")
    with pytest.raises(ValueError):
        store.commit_watch(WatchCommit(WatchState(2), (incident("f3", 1, 3), broken), (GROUP,)))
    assert store.watch_state() == before.state
    assert store.incident("f3-1") is None
    assert store.error_group("f1") is None
