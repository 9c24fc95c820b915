"""Documents on a real server: what is written is read back exactly, and no attribute loses a document."""

import json
from collections.abc import Iterator
from itertools import cycle

import pytest
from elasticsearch import Elasticsearch

from correlator.elasticsearch import Names
from correlator.elasticsearch.documents import Document, Hit, bulk_body, documents_of, tables_of
from correlator.model.details import scope_details
from correlator.model.marks import Mark
from correlator.model.tables import SCHEMAS, Tables
from tests.conformance.records import T0, log, metric, span, span_id, tables, trace_id
from tests.elastic.hostile_attributes import TEXTS
from tests.elastic.prepared import prepared

REQUEST = "engine-1"
LAST_NANO = 2**63 - 1
EVENTS = '[{"time_unix_nano":5,"name":"exception","attributes":{"exception.type":"E"}},{"time_unix_nano":6,"name":"b","attributes":{}}]'


@pytest.fixture
def names(client: Elasticsearch) -> Iterator[Names]:
    with prepared(client) as names:
        yield names


VERSIONS = (
    "1.2.3-rc.1+build",
    "no version",
    "1..2",
    " ",
    "\u0000",
    "",
    "20231128153000",
    "1.0.0-20240101120000",
    "1." + "1" * 128,
    "v" * 40_000,
)


def test_hostile_attributes_lose_no_document_and_are_read_back(client: Elasticsearch, names: Names) -> None:
    """Types that conflict, objects where texts were, odd names, thousands of names, long texts, depth: all of it is there."""
    written = tables(
        [
            span(
                trace_id(1),
                n,
                attributes=text,
                resource_attributes=text,
                scope_details=scope_details(said, text, said, n),
            )
            for n, (text, said) in enumerate(zip(TEXTS, cycle(VERSIONS), strict=False))
        ],
        [log(n, attributes=text, body=text) for n, text in enumerate(TEXTS)],
        [metric(n, attributes=text) for n, text in enumerate(TEXTS)],
    )
    assert statuses(client, names, list(documents_of(written, REQUEST, names))) == {201}
    assert rows(read(client, names)) == rows(written)


def test_hostile_bodies_lose_no_document_and_are_read_back(client: Elasticsearch, names: Names) -> None:
    """Maps and lists, also those whose fields no index can hold: they are there as text."""
    nested = "[" * 64 + "1" + "]" * 64
    bodies = [
        *TEXTS,
        *(f"[{text}]" for text in TEXTS),
        "[]",
        "{}",
        "[1]",
        '{"a\\u0000b":1}',
        f'{{"{"k" * 40_000}":1}}',
        nested,
    ]
    written = tables((), [log(n, body=body, marks=Mark.STRUCTURED_BODY) for n, body in enumerate(bodies)])
    assert statuses(client, names, list(documents_of(written, REQUEST, names))) == {201}
    assert rows(read(client, names)) == rows(written)


def test_a_structured_body_is_found_by_its_fields_and_as_text(client: Elasticsearch, names: Names) -> None:
    """A list of values has the one field `value`."""
    bodies = ('{"order":{"id":17},"note":"paid twice"}', '[{"order":{"id":18}}]', '["paid",17]')
    written = tables((), [log(n, body=body, marks=Mark.STRUCTURED_BODY) for n, body in enumerate(bodies)])
    assert statuses(client, names, list(documents_of(written, REQUEST, names))) == {201}
    client.indices.refresh(index=names.stream("logs"))
    for query, count in (
        ({"term": {"body.structured.order.id": "17"}}, 1),
        ({"exists": {"field": "body.structured.order.id"}}, 2),
        ({"term": {"body.structured.value": "paid"}}, 1),
        ({"match": {"message": "paid"}}, 2),
    ):
        assert client.count(index=names.stream("logs"), query=query)["count"] == count, query


def test_odd_values_are_read_back(client: Elasticsearch, names: Names) -> None:
    """The first and the last time that int64 has, names and texts that are empty or long, numbers that JSON lacks."""
    long = "w" * 60_000
    written = tables(
        [
            span(trace_id(1), 1, start_time_unix_nano=0, end_time_unix_nano=LAST_NANO, name="", events=EVENTS),
            span(trace_id(1), 2, start_time_unix_nano=LAST_NANO, end_time_unix_nano=0, name=long, status_message=long),
            span(
                trace_id(1),
                3,
                trace_state=long,
                links=f'[{{"trace_id":"{"a" * 32}","span_id":"{"b" * 16}","attributes":{TEXTS[0]}}}]',
            ),
        ],
        [
            log(1, time_unix_nano=LAST_NANO, observed_time_unix_nano=0, body=long, severity_text=long, event_name=long),
            log(2, trace_id(1), time_unix_nano=0, span_id=span_id(1), body="", arrival_unix_nano=LAST_NANO),
            log(3, body=None),
        ],
        [
            *(metric(n, name=name) for n, name in enumerate(("", " ", ".", "a..b", "n" * 3_000, "x.y", "x", "_id"))),
            *(metric(n, value=value) for n, value in enumerate((float("nan"), float("-inf"), -0.0, 1e308, 5e-324))),
            metric(1, name="x", value=2.0**60, value_int=2**60 + 1),
            metric(
                2,
                name="h",
                type="histogram",
                value=None,
                count=3,
                sum=float("nan"),
                buckets='{"bounds":[1.0],"counts":[1,2]}',
            ),
            metric(3, name="x.sum", value=None),
        ],
    )
    assert statuses(client, names, list(documents_of(written, REQUEST, names))) == {201}
    assert rows(read(client, names)) == rows(written)


def test_a_request_that_is_sent_again_adds_nothing(client: Elasticsearch, names: Names) -> None:
    """Its documents have the ids that they had: the server says that they are there. Span events too."""
    written = tables([span(trace_id(1), 1, events=EVENTS)], [log(1)], [metric(1)])
    documents = list(documents_of(written, REQUEST, names))
    assert len(documents) == 5
    assert statuses(client, names, documents) == {201}
    assert statuses(client, names, documents) == {409}
    assert statuses(client, names, list(documents_of(written, "engine-2", names))) == {201}


def test_span_events_are_found_among_the_logs_by_their_trace(client: Elasticsearch, names: Names) -> None:
    """As the Collector's are; the engine itself reads them with their span."""
    written = tables([span(trace_id(1), 1, events=EVENTS)])
    statuses(client, names, list(documents_of(written, REQUEST, names)))
    client.indices.refresh(index=names.stream("logs"))
    found = client.search(
        index=names.stream("logs"),
        query={"bool": {"filter": [{"term": {"trace.id": trace_id(1).hex()}}, {"term": {"exception.type": "E"}}]}},
    )
    (event,) = [json.loads(hit.source) for hit in found["hits"]["hits"]]
    assert (event["event_name"], event["span_id"], event["correlator"]["event"]) == ("exception", span_id(1).hex(), 0)
    assert read(client, names).logs.num_rows == 0


def test_what_was_found_can_be_asked_for_as_the_engine_does(client: Elasticsearch, names: Names) -> None:
    """By service, system, error, join key, duration and time to the nanosecond."""
    written = tables(
        [
            span(
                trace_id(n),
                n,
                is_error=n == 2,
                attributes=f'{{"n8n.execution.id":"{n}"}}',
                end_time_unix_nano=T0 + n * 1_000_000_000 + n,
            )
            for n in range(4)
        ]
    )
    statuses(client, names, list(documents_of(written, REQUEST, names)))
    for query, count in (
        ({"term": {"correlator.service": "bridge-api"}}, 4),
        ({"term": {"correlator.system": "bridge"}}, 4),
        ({"term": {"correlator.is_error": True}}, 1),
        ({"term": {"correlator.join_keys": "execution:3"}}, 1),
        ({"range": {"duration": {"gte": 2}}}, 2),
        ({"range": {"@timestamp": {"gte": f"{T0 // 10**6}.000001"}}}, 3),
        ({"term": {"correlator.request": REQUEST}}, 4),
    ):
        client.indices.refresh(index=names.stream("traces"))
        assert client.count(index=names.stream("traces"), query=query)["count"] == count, query


def statuses(client: Elasticsearch, names: Names, documents: list[Document]) -> set[int]:
    answer = client.bulk(operations=bulk_body(documents, names), require_data_stream=True)  # type: ignore[arg-type]
    return {item["create"]["status"] for item in answer["items"]}


def read(client: Elasticsearch, names: Names) -> Tables:
    """All that is there of one request, in its order."""
    hits: list[Hit] = []
    for signal in SCHEMAS:
        client.indices.refresh(index=names.stream(signal))
        answer = client.search(
            index=names.stream(signal), query={"match_all": {}}, sort=["correlator.row"], size=10_000
        )
        hits += answer["hits"]["hits"]
    return tables_of(hits)


def rows(records: Tables) -> list[str]:
    """As texts: NaN is not equal to itself."""
    return [repr(row) for table in (records.spans, records.logs, records.metrics) for row in table.to_pylist()]
