"""The lease on a real Elasticsearch: one holder at a time, judged by the clock of who wants it."""

from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch

from correlator.elasticsearch import Names
from correlator.errors import Superseded, Unavailable
from correlator.store.contract import LedgerCommit, LedgerState, WatchCommit, WatchState
from tests.elastic.cut_client import Cut, cut_client
from tests.elastic.plain_indices import ConcludingStore, client_of

TTL_S = 10.0


class Engine:
    """One process: a store with a clock of its own, which nobody sets."""

    def __init__(self, client: Elasticsearch, names: Names) -> None:
        self.now_s = 0.0
        self.store = ConcludingStore(client, names, clock=lambda: self.now_s)

    def asks(self, holder: str) -> bool:
        return self.store.lease(holder, TTL_S)


@pytest.fixture
def client(elasticsearch_url: str, names: Names) -> Iterator[Elasticsearch]:
    with client_of(elasticsearch_url) as client:
        yield client


def test_it_is_one_holders_at_a_time(client: Elasticsearch, names: Names) -> None:
    """The first who asks; that one again and again."""
    one, other = Engine(client, names), Engine(client, names)
    assert one.asks("one")
    assert not other.asks("other")
    assert one.asks("one")
    assert not other.asks("other")


def test_who_renews_in_time_keeps_it(client: Elasticsearch, names: Names) -> None:
    """However long another waits."""
    one, other = Engine(client, names), Engine(client, names)
    for _ in range(4):
        assert one.asks("one")
        assert not other.asks("other")
        other.now_s += 0.9 * TTL_S
        assert not other.asks("other")


def test_another_takes_it_once_it_is_not_renewed(client: Elasticsearch, names: Names) -> None:
    """For as long as it was granted for, since that one saw it first, whatever time it is there; and the first finds out."""
    one, other = Engine(client, names), Engine(client, names)
    assert one.asks("one")
    other.now_s = 1_000_000.0
    assert not other.asks("other")
    other.now_s += TTL_S
    assert other.asks("other")
    assert not one.asks("one")


def test_of_two_who_want_it_one_gets_it(client: Elasticsearch, names: Names) -> None:
    """The second sees a lease that was renewed."""
    one, other, third = (Engine(client, names) for _ in range(3))
    assert one.asks("one")
    for each in (other, third):
        assert not each.asks(f"{id(each)}")
        each.now_s += TTL_S
    assert [each.asks(f"{id(each)}") for each in (other, third)] == [True, False]


def test_what_is_released_is_anothers_at_once(client: Elasticsearch, names: Names) -> None:
    """And only the holder can release it."""
    one, other = Engine(client, names), Engine(client, names)
    assert one.asks("one")
    other.store.release_lease("other")
    assert not other.asks("other")
    one.store.release_lease("one")
    assert other.asks("other")
    assert not one.asks("one")


def test_a_renewal_whose_answer_was_lost_is_none_that_is_lost(
    elasticsearch_url: str, client: Elasticsearch, names: Names
) -> None:
    """The holder asks again, and has it."""
    cut, transport = cut_client(elasticsearch_url)
    with cut:
        one = Engine(cut, names)
        assert one.asks("one")
        transport.cut = Cut(2, is_done=True)
        with pytest.raises(Unavailable):
            one.asks("one")
        transport.cut = None
        assert one.asks("one")


def test_who_was_stopped_for_too_long_concludes_nothing(client: Elasticsearch, names: Names) -> None:
    """Another leads meanwhile, and has committed: what the first commits is superseded, and what it reads says so first."""
    one, other = Engine(client, names), Engine(client, names)
    assert one.asks("one")
    one.store.commit_watch(WatchCommit(WatchState(1)))
    one.store.commit_ledger(LedgerCommit(LedgerState(1)))
    other.asks("other")
    other.now_s += TTL_S
    assert other.asks("other")
    assert other.store.watch_state() == WatchState(1)
    other.store.commit_watch(WatchCommit(WatchState(2)))
    other.store.commit_ledger(LedgerCommit(LedgerState(2)))
    with pytest.raises(Superseded, match="another engine has committed to 'watch'"):
        one.store.commit_watch(WatchCommit(WatchState(9)))
    with pytest.raises(Superseded, match="another engine has committed to 'ledger'"):
        one.store.ledger_state()
    assert other.store.watch_state() == WatchState(2)
    assert one.store.ledger_state() == LedgerState(2)


def test_a_new_term_builds_on_what_the_other_committed(client: Elasticsearch, names: Names) -> None:
    """Who takes the lease again is not superseded by what happened between."""
    one, other = Engine(client, names), Engine(client, names)
    for position, each in enumerate((one, other, one, other)):
        assert each.asks(f"{id(each)}")
        assert each.store.watch_state() == WatchState(position - 1)
        each.store.commit_watch(WatchCommit(WatchState(position)))
        each.store.release_lease(f"{id(each)}")
