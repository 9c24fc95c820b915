"""Kibana's searches and charts on ECS data, such as a shipper writes: names that ECS and OpenTelemetry share find both."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from elasticsearch import Elasticsearch

from dashboards.source.kibana import fields
from tests.elastic.kibana import kql
from tests.elastic.kibana.lens import fields_of, search_of, shows
from tests.elastic.kibana.objects import charts, searches
from tests.elastic.kibana.own_names import own_names

NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
TRACE: Final = "4bf92f3577b34da6a3ce929d0e0e4736"
ECS: Final = {
    "@timestamp": {"type": "date"},
    "message": {"type": "match_only_text"},
    "log": {"properties": {"level": {"type": "keyword"}}},
    "service": {"properties": {"name": {"type": "keyword"}}},
    "trace": {"properties": {"id": {"type": "keyword"}}},
    "span": {"properties": {"id": {"type": "keyword"}}},
}
"""As Elastic's ecs@mappings has these fields."""
SHARED: Final = {fields.TIME, fields.TRACE, fields.SERVICE, fields.LEVEL, fields.MESSAGE}
OF_OTHERS: Final = {fields.IS_ERROR, fields.STATUS}
"""In queries beside a shared name: `or` finds one or the other."""
SHOWN: Final = (
    "correlator-errors / Errors logged",
    "correlator-errors / Traces with errors",
    "correlator-errors / Services with errors",
    "correlator-errors / Error logs by service",
    "correlator-log-volume / Errors",
    "correlator-log-volume / By level",
    "correlator-log-volume / By service",
    "correlator-log-volume / Services",
    "correlator-log-volume / Traces",
    "correlator-traces / Traces",
)


@dataclass(frozen=True, slots=True)
class Both:
    """One error log of each kind, of one trace. `ecs` is a plain index, `otel` a data stream of our templates."""

    client: Elasticsearch
    ecs: str
    otel: str


@pytest.fixture(scope="module")
def both(elasticsearch_url: str) -> Iterator[Both]:
    """Under names of this run."""
    with own_names(elasticsearch_url) as (client, names):
        ecs, otel = f"{names.prefix}-ecs", names.stream("logs")
        client.indices.create(index=ecs, mappings={"properties": ECS})
        try:
            time = NOW.isoformat()
            shared = {"@timestamp": time, "message": "job failed", "log": {"level": "error"}}
            client.create(index=ecs, id="1", document=shared | {"service": {"name": "shipped"}, "trace": {"id": TRACE}})
            written = {"@timestamp": time, "trace_id": TRACE, "severity_text": "ERROR", "body": {"text": "job failed"}}
            resource = {"attributes": {"service.name": "worker"}}
            client.create(index=otel, id="1", document=written | {"resource": resource})
            client.indices.refresh(index=[ecs, otel])
            yield Both(client, ecs, otel)
        finally:
            client.indices.delete(index=ecs)


def found(both: Both, query: str) -> set[str]:
    """The indices of the documents that a query finds; of a stream, the stream."""
    hits = both.client.search(index=[both.ecs, both.otel], query=kql.read(query).dsl)["hits"]["hits"]
    return {both.ecs if hit["_index"] == both.ecs else both.otel for hit in hits}


@pytest.mark.parametrize("name", ["correlator-one-story", "correlator-error-logs"])
def test_a_search_finds_ecs_and_opentelemetry_alike(both: Both, name: str) -> None:
    """By level, trace, service or message."""
    (search,) = [each for each in searches() if each.place == name]
    assert found(both, search.query) == {both.ecs, both.otel}
    assert found(both, f'({search.query}) and {fields.TRACE}: "{TRACE}"') == {both.ecs, both.otel}
    assert found(both, f'({search.query}) and {fields.MESSAGE}: "job failed"') == {both.ecs, both.otel}
    assert found(both, f"({search.query}) and {fields.SERVICE}: shipped") == {both.ecs}


@pytest.mark.parametrize("place", SHOWN)
def test_charts_of_shared_names_show_ecs_alone(both: Both, place: str) -> None:
    """They name nothing that only one of the two has, but beside an `or`."""
    (chart,) = [each for each in charts() if each.place == place]
    assert fields_of(chart).keys() <= SHARED | OF_OTHERS
    start, end = ((NOW + timedelta(minutes=minutes)).isoformat() for minutes in (-5, 5))
    body: Any = search_of(chart, start, end, "10s")
    assert shows(chart, both.client.search(index=both.ecs, **body).body)
