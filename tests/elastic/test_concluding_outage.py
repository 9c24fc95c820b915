"""A server that is killed amid conclusions: what was committed is there, and what was refused can be committed again."""

import pytest

from correlator.errors import Unavailable
from correlator.model.outcome import MinuteSums, Outcome
from correlator.slo.ledger import post
from correlator.store.contract import LedgerCommit, LedgerState, WatchCommit, WatchState
from tests.conformance.test_catalog import GROUP, incident
from tests.e2e.jvm_peers import WHY_NO_ELASTICSEARCH, own_elasticsearch
from tests.e2e.peers import scripts
from tests.elastic.plain_indices import ConcludingStore, client_of, plain_indices


@pytest.mark.slow
@pytest.mark.timeout(600)  # a server starts twice: 15 s each, and minutes where many do
@pytest.mark.skipif(scripts() is None, reason=WHY_NO_ELASTICSEARCH)
def test_a_killed_server_has_what_was_committed() -> None:
    """The engine goes on where it was, in the same term."""
    with own_elasticsearch() as server, plain_indices(server.url) as names, client_of(server.url) as client:
        store = ConcludingStore(client, names)
        store.commit_watch(WatchCommit(WatchState(1), (incident("f1", 1, 10),), (GROUP,)))
        store.commit_ledger(LedgerCommit(LedgerState(1), post([Outcome("a", "1", 5, is_good=True)], {})))
        server.kill()
        second = LedgerCommit(LedgerState(2), post([Outcome("a", "2", 5, is_good=False)], {}))
        with pytest.raises(Unavailable, match="does not answer"):
            store.commit_ledger(second)
        with pytest.raises(Unavailable, match="does not answer"):
            store.watch_state()
        server.start(keep=True)
        assert store.watch_state() == WatchState(1)
        assert store.incident("f1-1") == incident("f1", 1, 10)
        assert store.ledger_state() == LedgerState(1)
        store.commit_ledger(second)
        assert store.minute_sums("a", 0, 10) == (MinuteSums(5, 1, 2),)
        assert ConcludingStore(client, names).ledger_state() == LedgerState(2)
