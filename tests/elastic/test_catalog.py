"""Conclusions in a real Elasticsearch beyond what every store does: what Kibana finds, and states that are long."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from elasticsearch import Elasticsearch

from correlator.elasticsearch import Names
from correlator.errors import Unavailable
from correlator.model.incident import WaitingTrace
from correlator.model.outcome import Outcome
from correlator.model.run import RunPart
from correlator.slo.ledger import post
from correlator.store.contract import IncidentQuery, LedgerCommit, LedgerState, WatchCommit, WatchState
from correlator.store.elasticsearch.commits.head import INLINE_CHARACTERS, PAGE_CHARACTERS
from tests.conformance.test_catalog import GROUP, incident
from tests.conformance.test_outcome_ledger import RUN
from tests.elastic.cut_client import Cut, cut_client
from tests.elastic.plain_indices import ConcludingStore, client_of


@pytest.fixture
def client(elasticsearch_url: str) -> Iterator[Elasticsearch]:
    with client_of(elasticsearch_url) as client:
        yield client


def found(client: Elasticsearch, index: str, **terms: Any) -> int:
    """How many documents have these values in these fields."""
    client.indices.refresh(index=index)
    filters = [{"term": {name.replace("__", "."): value}} for name, value in terms.items()]
    answer = client.count(index=index, query={"bool": {"filter": filters}})
    return int(answer["count"])


def waiting(number: int) -> WatchState:
    """A state with so many traces."""
    return WatchState(number, waiting=tuple(WaitingTrace(f"{each:032x}", each, 1, 2) for each in range(number)))


def pages_of(state: WatchState) -> int:
    """How many documents it takes beside the head."""
    characters = len(msgspec.json.encode(state))
    return -(-characters // PAGE_CHARACTERS) if characters > INLINE_CHARACTERS else 0


def test_people_find_conclusions_by_their_own_fields(client: Elasticsearch, names: Names) -> None:
    """ECS's, and ours where it has none; a finding is a document of its own, and a commit again makes no second one."""
    store = ConcludingStore(client, names, link=lambda key: f"https://engine/{key}")
    for _ in range(2):
        store.commit_watch(WatchCommit(WatchState(1), (incident("f1", 1, 10),), (GROUP,)))
    of_worker = {"service__name": "worker", "error__type": "ValueError"}
    assert found(client, names.incidents, **of_worker, event__url="https://engine/f1-1", event__kind="alert") == 1
    assert found(client, names.findings, event__kind="enrichment", correlator__cause__kind="exception") == 1
    assert found(client, names.error_groups, **of_worker, correlator__error_group__count=3) == 1


def test_a_state_of_any_length_comes_back(client: Elasticsearch, names: Names) -> None:
    """In pages, of which only the last commit's are kept."""
    store = ConcludingStore(client, names)
    for number in (20, 20_000, 30_000, 20):
        store.commit_watch(WatchCommit(waiting(number)))
        assert ConcludingStore(client, names).watch_state() == waiting(number)
        assert found(client, names.state, chain="watch") == pages_of(waiting(number))


def test_pages_that_never_came_in_force_go(elasticsearch_url: str, client: Elasticsearch, names: Names) -> None:
    """With the first commit of an engine that begins after."""
    cut, transport = cut_client(elasticsearch_url)
    ConcludingStore(client, names).commit_watch(WatchCommit(waiting(1)))
    with cut:
        dying = ConcludingStore(cut, names)
        dying.watch_state()
        transport.cut = Cut(2, is_for_good=True)
        with pytest.raises(Unavailable):
            dying.commit_watch(WatchCommit(waiting(30_000)))
    left = pages_of(waiting(30_000))
    assert found(client, names.state, chain="watch") == left > 1
    later = ConcludingStore(client, names)
    for _ in range(2):
        later.commit_watch(WatchCommit(waiting(1)))
    assert found(client, names.state, chain="watch") == left  # they may still come in force, as far as anybody knows
    ConcludingStore(client, names).commit_watch(WatchCommit(waiting(1)))
    assert found(client, names.state, chain="watch") == 0


def test_more_incidents_are_listed_than_one_answer_has(client: Elasticsearch, names: Names) -> None:
    """Of a limit above the server's own for one page."""
    store = ConcludingStore(client, names)
    few = replace(incident("f1", 1, 1), root_cause=replace(incident("f1", 1, 1).root_cause, candidates=()))
    many = tuple(replace(few, key=f"f1-{number}", opened_at_unix_nano=number) for number in range(1, 5_102))
    store.commit_watch(WatchCommit(WatchState(1), many))
    listed = store.incidents(IncidentQuery(limit=5_100)).incidents
    assert [each.opened_at_unix_nano for each in listed] == list(range(5_101, 1, -1))
    assert len(store.incidents_of_cause("f1")) == 5_101


def test_whatever_a_record_said_is_kept(client: Elasticsearch, names: Names) -> None:
    """Long, empty or odd: no text makes the server refuse a conclusion, which would stop all that come after."""
    store = ConcludingStore(client, names)
    for text in ("", "\x00 \u2028 \U0001f600", "x" * 100_000, "a b " * 100_000):
        odd = replace(incident("f1", 1, 10), title=text, services=(text,), workflows=(text, ""), severity=text)
        group = replace(GROUP, template=text, service_name=text, error_type=text, operation=text)
        store.commit_watch(WatchCommit(WatchState(1), (odd,), (group,)))
        assert store.incident("f1-1") == odd
        assert store.error_groups(1).error_groups == (group,)
        outcome, run = Outcome(f"a{text}", text, 7, is_good=True), replace(RUN, workflow_id=text, mode=text)
        part = RunPart(f"ab{text}", run.key, failed_nodes=(text,))
        posting = post([outcome], {})
        store.commit_ledger(LedgerCommit(LedgerState(1), posting, runs=[run], parts=[part], workflows={text: text}))
        assert store.standing_outcomes([outcome.event]) == {outcome.event: outcome}
        assert store.standing_runs([run.key]) == {run.key: run}
        assert store.standing_parts([part.ref]) == {part.ref: part}
