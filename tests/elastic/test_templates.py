"""Our templates, on a server with nothing else and on one with Elastic's own: ECS queries find OpenTelemetry documents."""

from collections.abc import Iterator
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from correlator.elasticsearch import Connection, Names, connect
from correlator.elasticsearch.documents import bulk_body, documents_of
from tests.conformance.records import log, metric, span, span_id, tables, trace_id
from tests.e2e.jvm_peers import WHY_NO_ELASTICSEARCH, own_elasticsearch
from tests.e2e.peers import scripts
from tests.elastic.prepared import prepared

pytestmark = pytest.mark.timeout(300)

TRACE, SPAN, PARENT = trace_id(1).hex(), span_id(1).hex(), span_id(2).hex()
RESOURCE = '{"service.name":"bridge-api","service.version":"1.2","host.name":"a"}'
EXCEPTION = '{"exception.type":"E","exception.message":"no","exception.stacktrace":"at line"}'
SPANS: dict[str, Any] = {
    "trace.id": TRACE,
    "span.id": SPAN,
    "parent.id": PARENT,
    "span.name": "GET /1",
    "service.name": "bridge-api",
    "host.name": "a",
    "http.route": "/x",
    "attributes.http.route": "/x",
    "http.response.status_code": 500,
    "resource.attributes.service.version": "1.2",
    "status.code": "Error",
    "kind": "Server",
    "data_stream.namespace": "default",
    "a name of one's own": "v",
}
LOGS: dict[str, Any] = {
    "trace.id": TRACE,
    "span.id": SPAN,
    "service.name": "bridge-api",
    "log.level": "ERROR",
    "message": "refused",
    "event_name": "e",
    "exception.type": "E",
    "error.exception.type": "E",
    "error.exception.message": "no",
    "error.stack_trace": "line",
}
METRICS: dict[str, Any] = {"service.name": "bridge-api", "unit": "1", "metrics.queue.depth": 3, "queue.depth": 3}


@pytest.fixture(scope="module")
def stock_url() -> Iterator[str]:
    """A server with the templates that a full Elasticsearch has."""
    if scripts() is None:
        pytest.skip(WHY_NO_ELASTICSEARCH)
    with own_elasticsearch() as server:
        server.run("stock")
        yield server.url


@pytest.fixture(scope="module", params=["empty", "stock"])
def client(request: pytest.FixtureRequest) -> Iterator[Elasticsearch]:
    url = request.getfixturevalue("elasticsearch_url" if request.param == "empty" else "stock_url")
    with connect(Connection(hosts=(url,), timeout_s=120)) as client:
        yield client


@pytest.fixture(scope="module")
def names(client: Elasticsearch) -> Iterator[Names]:
    with prepared(client) as names:
        write(client, names)
        yield names


def write(client: Elasticsearch, names: Names) -> None:
    """One record of each signal, and one that has nothing of what is asked for."""
    attributes = '{"http.route":"/x","http.response.status_code":500,"a name of one\'s own":"v"}'
    ids = {"trace_id": trace_id(1), "span_id": span_id(1), "resource_attributes": RESOURCE}
    records = tables(
        [
            span(
                trace_id(1),
                1,
                parent_span_id=span_id(2),
                attributes=attributes,
                status_code=2,
                resource_attributes=RESOURCE,
            ),
            span(trace_id(3), 3, kind=1, attributes="{}"),
        ],
        [
            log(
                1,
                **{**ids, "trace_id": None},
                severity_text="ERROR",
                body="the call was refused",
                event_name="e",
                attributes=EXCEPTION,
            )
            | {"trace_id": trace_id(1)},
            log(2),
        ],
        [metric(1, name="queue.depth", value=3.0, resource_attributes=RESOURCE), metric(2, unit="")],
    )
    answer = client.bulk(
        operations=bulk_body(documents_of(records, "r", names), names),
        require_data_stream=True,
        refresh=True,  # type: ignore[arg-type]
    )
    assert not answer["errors"], answer


@pytest.mark.parametrize("signal", ["traces", "logs", "metrics"])
def test_queries_by_names_of_ecs_find_our_documents(client: Elasticsearch, names: Names, signal: str) -> None:
    """And only the one that has the value: by OpenTelemetry's names, ECS's aliases, and attributes without their prefix."""
    asked = {"traces": SPANS, "logs": LOGS, "metrics": METRICS}[signal]
    shared = {"data_stream.namespace"}
    counts = {
        name: client.count(index=names.stream(signal), query={"match": {name: value}})["count"]
        for name, value in asked.items()
    }
    assert counts == {name: 2 if name in shared else 1 for name in asked}


def test_ours_is_the_template_in_force(client: Elasticsearch, names: Names) -> None:
    """Also where Elastic's own match the same names: ours has the higher priority, so that no stream turns into logsdb."""
    (stream,) = client.indices.get_data_stream(name=names.stream("logs"))["data_streams"]
    index = stream["indices"][0]["index_name"]
    settings = client.indices.get_settings(index=index, flat_settings=True)[index]["settings"]
    assert stream["_meta"]["managed_by"] == "correlator"
    assert stream["lifecycle"]["data_retention"] == "30d"
    assert "index.mode" not in settings
    assert settings["index.mapping.ignore_malformed"] == "true"


def test_what_somebody_sets_in_a_template_of_their_own_wins(client: Elasticsearch, names: Names) -> None:
    """A component template `<prefix>@custom` is laid over ours, as Elastic has it for its own."""
    custom = f"{names.prefix}@custom"
    client.cluster.put_component_template(name=custom, template={"settings": {"number_of_shards": 2}})
    client.indices.rollover(alias=names.stream("traces"))
    (stream,) = client.indices.get_data_stream(name=names.stream("traces"))["data_streams"]
    index = stream["indices"][-1]["index_name"]
    assert client.indices.get_settings(index=index)[index]["settings"]["index"]["number_of_shards"] == "2"
