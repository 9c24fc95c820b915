"""A Lens chart as the search that Kibana sends for it, and whether the answer shows anything.

Columns become aggregations: buckets lie within one another in the order of the columns, metrics in the innermost, and beside
each `terms` the metric that it is ordered by. A column with a filter of its own becomes a filter around its metric.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.elastic.kibana import kql
from tests.elastic.kibana.objects import Chart

Body = dict[str, Any]
Answer = Mapping[str, Any]
BARS = 50
"""Kibana's histogram:barTarget: an automatic interval gives about so many."""
METRIC = "metric"
"""The metric within a filter."""
_ARGUMENTS = {
    "unique_count": lambda column: {"cardinality": {"field": column["sourceField"]}},
    "max": lambda column: {"max": {"field": column["sourceField"]}},
    "sum": lambda column: {"sum": {"field": column["sourceField"]}},
    "percentile": lambda column: {
        "percentiles": {"field": column["sourceField"], "percents": [column["params"]["percentile"]]}
    },
}


def search_of(chart: Chart, start: str, end: str, interval: str) -> Body:
    """The body of the search, over documents within [start, end]."""
    filters = [kql.read(chart.query).dsl, within(start, end)]
    return {"size": 0, "track_total_hits": True, "query": {"bool": {"filter": filters}}, "aggs": _aggs(chart, interval)}


def within(start: str, end: str) -> Body:
    """The filter that the time picker adds."""
    return {"range": {"@timestamp": {"format": "strict_date_optional_time", "gte": start, "lte": end}}}


def fields_of(chart: Chart) -> dict[str, str]:
    """Every field that a chart names to the operation that it must bear; `search` for those of queries only."""
    queries = [chart.query, *(column["filter"]["query"] for column in chart.columns.values() if "filter" in column)]
    searched = {name: "search" for query in queries for name in kql.read(query).fields}
    operations = {
        column["sourceField"]: column["operationType"]
        for column in chart.columns.values()
        if column["operationType"] != "count"
    }
    return searched | operations


def shows(chart: Chart, answer: Answer) -> bool:
    """Whether there is a row in which every metric has a value, and a count above zero in it, or any other metric."""
    metrics = {name: column for name, column in chart.columns.items() if not column["isBucketed"]}
    rows = [{name: _value(name, column, row) for name, column in metrics.items()} for row in _rows(chart, answer)]
    return any(all(value is not None for value in row.values()) and any(row.values()) for row in rows)


def _aggs(chart: Chart, interval: str) -> Body:
    buckets = [(name, column) for name, column in chart.columns.items() if column["isBucketed"]]
    inner = {
        name: agg
        for name, column in chart.columns.items()
        if not column["isBucketed"] and (agg := _metric(column)) is not None
    }
    aggs = inner
    for name, column in reversed(buckets):
        beside = _ordering(column, chart, inner) if aggs is not inner else {}
        aggs = {name: {**_bucket(column, chart, interval), "aggs": {**aggs, **beside}}}
    return aggs


def _bucket(column: Mapping[str, Any], chart: Chart, interval: str) -> Body:
    if column["operationType"] == "date_histogram":
        return {"date_histogram": {"field": column["sourceField"], "fixed_interval": interval, "min_doc_count": 1}}
    assert column["operationType"] == "terms", column["operationType"]
    params = column["params"]
    order = {_order_path(params["orderBy"]["columnId"], chart): params["orderDirection"]}
    return {"terms": {"field": column["sourceField"], "size": params["size"], "order": order}}


def _order_path(name: str, chart: Chart) -> str:
    column = chart.columns[name]
    if column["operationType"] == "count":
        return name if "filter" in column else "_count"
    suffix = f".{column['params']['percentile']}" if column["operationType"] == "percentile" else ""
    return f"{name}>{METRIC}{suffix}" if "filter" in column else f"{name}{suffix}"


def _ordering(column: Mapping[str, Any], chart: Chart, inner: Body) -> Body:
    """The metric that an outer bucket is ordered by, which must lie beside it."""
    if column["operationType"] != "terms":
        return {}
    name = column["params"]["orderBy"]["columnId"]
    return {name: inner[name]} if name in inner else {}


def _metric(column: Mapping[str, Any]) -> Body | None:
    """None for a plain count, which every bucket has."""
    agg = None if column["operationType"] == "count" else _ARGUMENTS[column["operationType"]](column)
    if "filter" not in column:
        return agg
    only = {"filter": kql.read(column["filter"]["query"]).dsl}
    return only if agg is None else {**only, "aggs": {METRIC: agg}}


def _rows(chart: Chart, answer: Answer) -> Iterator[Answer]:
    """The innermost buckets; where there are none, the answer itself with its number of hits."""
    buckets = [name for name, column in chart.columns.items() if column["isBucketed"]]
    rows: list[Answer] = [{**answer.get("aggregations", {}), "doc_count": answer["hits"]["total"]["value"]}]
    for name in buckets:
        rows = [bucket for row in rows for bucket in row.get(name, {}).get("buckets", [])]
    yield from rows


def _value(name: str, column: Mapping[str, Any], row: Answer) -> float | None:
    if column["operationType"] == "count":
        return float(row[name]["doc_count"] if "filter" in column else row["doc_count"])
    found = row[name][METRIC] if "filter" in column else row[name]
    value = next(iter(found["values"].values())) if "values" in found else found["value"]
    return None if value is None else float(value)
