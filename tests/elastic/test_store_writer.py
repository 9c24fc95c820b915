"""What becomes of requests when the server refuses, is full, or has them already."""

import json
from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch

from correlator.elasticsearch import Names
from correlator.elasticsearch.documents import bulk_body, documents_of
from correlator.errors import StorageFull
from correlator.model.tables import Tables
from correlator.store.contract import Frame, TraceQuery
from correlator.store.elasticsearch import ElasticsearchStore
from tests.conformance.records import T0, frame_of, log, span, tables, trace_id
from tests.elastic.prepared import prepared

pytestmark = pytest.mark.timeout(120)
FOREVER = (0, 2**62)


@pytest.fixture
def names(client: Elasticsearch) -> Iterator[Names]:
    with prepared(client) as names:
        yield names


def appended(store: ElasticsearchStore, records: Tables, origin: str = "") -> int:
    return store.append(Frame("traces", "json", T0, b"x", origin), records).result(30)


def test_a_full_disk_refuses_until_there_is_room(
    client: Elasticsearch, names: Names, store: ElasticsearchStore
) -> None:
    """The block that Elasticsearch sets at its flood stage. Nothing of a refused request is ever shown."""
    appended(store, tables([span(trace_id(1), 1)]))
    _block(client, names, True)
    refused = tables([span(trace_id(2), 2)], [log(2, trace_id(2))])
    with pytest.raises(StorageFull, match="disk"):
        appended(store, refused)
    _block(client, names, None)
    assert store.read_trace(trace_id(2)).num_rows == 0
    assert [one.trace_id for one in store.find_traces(TraceQuery()).traces] == [trace_id(1).hex()]
    appended(store, refused)
    assert store.read_trace(trace_id(2)).num_rows == 2


def test_a_record_that_the_index_refuses_is_kept(
    client: Elasticsearch, names: Names, store: ElasticsearchStore
) -> None:
    """And found by all that the engine asks for, exactly as it came; its neighbours are indexed as ever."""
    client.indices.put_mapping(
        index=names.stream("traces"),
        properties={"attributes": {"type": "passthrough", "priority": 20, "dynamic": "strict"}},
    )
    odd = span(trace_id(1), 1, attributes=json.dumps({"correlator.job.id": "j1", "surprise": [1, "x"]}), is_error=True)
    position = appended(store, tables([odd, span(trace_id(1), 2, attributes="{}")]))
    found = store.read_trace(trace_id(1)).spans
    assert found.sort_by("row") == tables([odd, span(trace_id(1), 2, attributes="{}")]).at(position).spans
    assert store.find_joined(["job:j1"], *FOREVER, 10).spans.num_rows == 1
    assert store.errors_after(-1, 10).spans.num_rows == 1
    assert store.find_traces(TraceQuery(error=True)).traces[0].spans == 2
    query = {"exists": {"field": "attributes.surprise"}}
    assert client.count(index=names.stream("traces"), query=query)["count"] == 0


def test_a_request_from_one_origin_is_recorded_once(client: Elasticsearch, names: Names) -> None:
    """However often it is fetched, and by whichever engine: logs too, which have no id of their own."""
    records = tables([span(trace_id(1), 1)], [log(1, trace_id(1)), log(2)])
    engines = [ElasticsearchStore(client, names) for _ in range(2)]
    positions = [appended(engine, records, f"kafka:otlp/0/{offset}") for engine in engines for offset in (7, 7, 8)]
    assert positions == [positions[0], positions[0], positions[2]] * 2
    kept = engines[1].scan("logs", *FOREVER, ("position",))["position"].to_pylist()
    assert sorted(kept) == [positions[0], positions[0], positions[2], positions[2]]
    for engine in engines:
        engine.close()


def test_what_is_fetched_again_after_a_rollover_is_not_written_again(client: Elasticsearch, names: Names) -> None:
    """The new index of a data stream does not know which ids the older ones have."""
    records = tables([span(trace_id(1), 1)], [log(1, trace_id(1))])
    for _ in range(2):
        engine = ElasticsearchStore(client, names)
        appended(engine, records, "kafka:otlp/0/7")
        assert engine.scan("logs", *FOREVER, ("body",)).num_rows == 1
        engine.close()
        client.indices.rollover(alias=names.stream("logs"))


def test_what_has_no_marker_is_not_there(client: Elasticsearch, names: Names, store: ElasticsearchStore) -> None:
    """An engine that died between documents and marker acknowledged nothing; the next one's answers have nothing of it."""
    kept, torn = (tables([span(trace_id(n), n, is_error=True)], [log(n, trace_id(n))]) for n in (1, 2))
    appended(store, kept)
    client.bulk(operations=bulk_body(documents_of(torn, "torn", names), names), refresh=True)
    assert store.read_trace(trace_id(2)).num_rows == 0
    assert store.scan("logs", *FOREVER, ("body",))["body"].to_pylist() == ["message 1"]
    assert [one.trace_id for one in store.find_traces(TraceQuery()).traces] == [trace_id(1).hex()]
    assert store.errors_after(-1, 10).spans.num_rows == 1


def test_a_large_request_is_one(store: ElasticsearchStore) -> None:
    """Its documents go in several bulks, and come back in several pages, each once."""
    many = [log(number, body=f"{number} {'x' * 800}", is_error=number % 2 == 0) for number in range(15_000)]
    records = tables(logs=many)
    position = store.append(frame_of(records), records).result(60)
    found = store.scan("logs", *FOREVER, ("position", "body"))
    assert found["position"].unique().to_pylist() == [position]
    assert sorted(found["body"].to_pylist()) == sorted(each["body"] for each in many)
    assert store.errors_after(-1, 10).logs["row"].to_pylist() == list(range(0, 15_000, 2))


def _block(client: Elasticsearch, names: Names, value: bool | None) -> None:
    streams = [names.stream(signal) for signal in ("traces", "logs")]
    client.indices.put_settings(index=streams, settings={"index.blocks.read_only_allow_delete": value})
