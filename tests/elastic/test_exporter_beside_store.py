"""An exporter and a store on one cluster, by the same names: each would take the other's incidents for its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from correlator.elasticsearch import Names
from correlator.errors import SettingsError
from correlator.store.contract import WatchCommit, WatchState
from correlator.store.elasticsearch import ElasticsearchStore
from correlator.store.elasticsearch.conclusions.exported import expect_no_exports
from tests.conformance.records import span, tables, trace_id
from tests.elastic.exporting import exporting
from tests.elastic.prepared import prepared
from tests.unit.serve.api import an_error_group, an_incident

CONCLUDED = WatchCommit(WatchState(0), (an_incident(),), (an_error_group(),))


@pytest.fixture
def names(client: Elasticsearch) -> Iterator[Names]:
    with prepared(client) as names:
        yield names


def test_an_exporter_leaves_the_incidents_of_a_store_alone(
    elasticsearch_url: str, client: Elasticsearch, names: Names, tmp_path: Path
) -> None:
    """It says which settings part them; records, which are known apart by their ids, it sends."""
    store = ElasticsearchStore(client, names)
    assert store.lease("a-replica", 10)
    store.commit_watch(CONCLUDED)
    with exporting(tmp_path / "data", elasticsearch_url, names) as engine:
        engine.record(tables([span(trace_id(1), 1)]))
        engine.store.commit_watch(CONCLUDED)
        engine.turn(2)
        assert f"store in this cluster ({names.state!r})" in engine.exporter.describe()
        assert "set elasticsearch.prefix" in engine.exporter.describe()
        client.indices.refresh(index=names.stream("traces"))
        assert client.count(index=names.stream("traces"))["count"] == 1
    assert store.incident(an_incident().key) == an_incident()
    expect_no_exports(client, names)
    store.close()


def test_a_store_does_not_begin_where_an_exporter_tells_of_incidents(
    elasticsearch_url: str, client: Elasticsearch, names: Names, tmp_path: Path
) -> None:
    """It could not read them, and its own would be outweighed by theirs."""
    expect_no_exports(client, names)
    with exporting(tmp_path / "data", elasticsearch_url, names) as engine:
        engine.store.commit_watch(CONCLUDED)
        engine.settled()
    client.indices.refresh(index=names.incidents)
    with pytest.raises(SettingsError, match=r"exports its conclusions .* set elasticsearch\.prefix"):
        expect_no_exports(client, names)
