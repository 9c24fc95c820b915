"""Two engines that conclude on one Elasticsearch at the same time: what one keeps, the other does not."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from correlator.elasticsearch import Names
from correlator.errors import Superseded
from correlator.model.outcome import MinuteSums, Outcome
from correlator.slo.ledger import post
from correlator.store.contract import IncidentQuery, LedgerCommit, LedgerState, WatchCommit, WatchState
from tests.conformance.test_catalog import GROUP, incident
from tests.elastic.cut_client import Hold, cut_client
from tests.elastic.plain_indices import ConcludingStore, client_of


@pytest.fixture
def engines(elasticsearch_url: str, names: Names) -> Iterator[list[ConcludingStore]]:
    """Two, each with connections of its own."""
    with client_of(elasticsearch_url) as one, client_of(elasticsearch_url) as other:
        yield [ConcludingStore(client, names) for client in (one, other)]


def at_once(works: list[Callable[[], None]]) -> list[bool]:
    """Do them at the same time; of each, whether it was superseded."""
    start = Barrier(len(works))

    def run(work: Callable[[], None]) -> bool:
        start.wait()
        try:
            work()
        except Superseded:
            return True
        return False

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))


def test_an_incident_that_both_open_is_opened_once(engines: list[ConcludingStore]) -> None:
    """One is superseded and has changed nothing; the next that it reads is what the other committed."""
    for turn in range(8):
        said = [
            replace(incident("f1", turn + 1, turn), title=f"{turn} by {name}", failures=turn)
            for name in ("one", "other")
        ]
        commits = [WatchCommit(WatchState(turn), (each,), (replace(GROUP, operation=each.title),)) for each in said]
        for engine in engines:
            read_anew(engine)
        works = [lambda e=engine, c=commit: e.commit_watch(c) for engine, commit in zip(engines, commits, strict=True)]  # type: ignore[misc]
        superseded = at_once(works)
        assert sorted(superseded) == [False, True]
        kept = said[superseded.index(False)]
        for engine in engines:
            read_anew(engine)
            assert engine.incident(kept.key) == kept
            assert engine.incidents_of_cause("f1")[-1] == kept
            assert engine.error_groups(10).error_groups == (replace(GROUP, operation=kept.title),)
            assert len(engine.incidents(IncidentQuery()).incidents) == turn + 1


def read_anew(engine: ConcludingStore) -> None:
    """Where it committed before the other did, it is told so first."""
    try:
        engine.watch_state()
    except Superseded:
        engine.watch_state()


def test_an_event_that_both_count_is_counted_once(engines: list[ConcludingStore]) -> None:
    """The sums are of what one of them counted."""
    told = [Outcome("a", str(number), 5 + number % 3, is_good=number % 2 == 0) for number in range(300)]
    commits = [
        LedgerCommit(LedgerState(7), post(told, engine.standing_outcomes({t.event for t in told})))
        for engine in engines
    ]
    for engine in engines:
        assert engine.ledger_state() == LedgerState(-1)
    works = [lambda e=engine, c=commit: e.commit_ledger(c) for engine, commit in zip(engines, commits, strict=True)]  # type: ignore[misc]
    assert sorted(at_once(works)) == [False, True]
    for engine in engines:
        assert engine.minute_sums("a", 0, 100) == (
            MinuteSums(5, 50, 100),
            MinuteSums(6, 50, 100),
            MinuteSums(7, 50, 100),
        )
        assert engine.total_sums() == {"a": MinuteSums(5, 150, 300)}


@pytest.mark.parametrize("call", [4, 5])
def test_an_engine_that_is_stopped_amid_its_commit_does_no_harm_later(
    elasticsearch_url: str, names: Names, engines: list[ConcludingStore], call: int
) -> None:
    """Its commit is in force: another writes it, and goes on. What the first still writes then is outweighed."""
    client, transport = cut_client(elasticsearch_url)
    other = engines[0]
    with client, ThreadPoolExecutor(1) as thread:
        stopped = ConcludingStore(client, names)
        stopped.commit_watch(WatchCommit(WatchState(1), (incident("f1", 1, 10),), (GROUP,)))
        transport.hold = Hold(call)
        first = replace(incident("f1", 1, 10), failures=5)
        committing = thread.submit(read_and_commit, stopped, WatchCommit(WatchState(2), (first, incident("f1", 2, 11))))
        assert transport.hold.is_waiting.wait(20)
        assert other.incident("f1-1") == first
        assert other.watch_state() == WatchState(2)
        last = replace(first, failures=9, state="resolved")
        other.commit_watch(WatchCommit(WatchState(3), (last,)))
        transport.hold.let_go.set()
        committing.result(20)
        assert other.incident("f1-1") == last
        assert [each.failures for each in other.incidents_of_cause("f1")] == [9, 2]
        assert other.watch_state() == WatchState(3)
        with pytest.raises(Superseded):
            stopped.watch_state()


def read_and_commit(engine: ConcludingStore, commit: WatchCommit) -> None:
    """One turn."""
    engine.watch_state()
    engine.commit_watch(commit)


def test_what_one_commits_the_other_reads_at_once(engines: list[ConcludingStore]) -> None:
    """Lists too, which are searched for."""
    one, other = engines
    for number in range(1, 6):
        one.commit_watch(WatchCommit(WatchState(number), (incident("f1", number, number),)))
        one.commit_ledger(LedgerCommit(LedgerState(number), workflows={str(number): ""}, known_minutes=[number]))
        assert [each.key for each in other.incidents(IncidentQuery(limit=1)).incidents] == [f"f1-{number}"]
        assert len(other.workflow_names()) == number
        assert len(other.known_minutes(0, 1_000_000)) == number
