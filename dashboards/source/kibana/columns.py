"""Lens: a column of a chart, which Kibana asks Elasticsearch for as one aggregation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from dashboards.source.kibana import fields

RECORDS: Final = "___records___"
"""What Lens calls a document where it counts them."""


@dataclass(frozen=True, slots=True)
class Column:
    """`id` is how the chart calls it, `where` (KQL) which documents it is of. A bucket splits documents, a metric reckons over them."""

    id: str
    label: str
    operation: str
    source: str
    data_type: str = "number"
    is_bucketed: bool = False
    params: Mapping[str, Any] = field(default_factory=dict)
    where: str = ""

    def built(self) -> dict[str, Any]:
        scale = {"date": "interval", "string": "ordinal"}[self.data_type] if self.is_bucketed else "ratio"
        column = {
            "label": self.label,
            "customLabel": True,
            "dataType": self.data_type,
            "operationType": self.operation,
            "isBucketed": self.is_bucketed,
            "scale": scale,
            "sourceField": self.source,
            "params": dict(self.params),
        }
        return column | ({"filter": kql(self.where)} if self.where else {})


def kql(query: str) -> dict[str, str]:
    """A query in Kibana's own language."""
    return {"query": query, "language": "kuery"}


def count(label: str, where: str = "") -> Column:
    """How many documents. Every chart that is sorted by one calls it so."""
    return Column("count", label, "count", RECORDS, params={"emptyAsNull": False}, where=where)


def count_where(column_id: str, label: str, where: str) -> Column:
    """How many of the documents, beside others that count differently."""
    return Column(column_id, label, "count", RECORDS, params={"emptyAsNull": False}, where=where)


def distinct(label: str, name: str, where: str = "") -> Column:
    """How many different values, approximately."""
    return Column(_id("distinct", name), label, "unique_count", name, params={"emptyAsNull": False}, where=where)


def percentile(name: str, percent: int, where: str = "") -> Column:
    """The value that `percent` of all stay below."""
    return Column(f"p{percent}", f"p{percent}", "percentile", name, params={"percentile": percent}, where=where)


def largest(label: str, name: str) -> Column:
    return Column(_id("max", name), label, "max", name, params={"emptyAsNull": True})


def total(label: str, name: str, where: str = "") -> Column:
    return Column(_id("sum", name), label, "sum", name, params={"emptyAsNull": True}, where=where)


def latest(label: str, name: str = fields.TIME) -> Column:
    """The last moment of each row."""
    return Column(_id("max", name), label, "max", name, "date", params={"emptyAsNull": True})


def over_time() -> Column:
    """A bucket for each step of what is shown."""
    params = {"interval": "auto", "includeEmptyRows": True, "dropPartials": False}
    return Column("time", "Time", "date_histogram", fields.TIME, "date", is_bucketed=True, params=params)


def top(label: str, name: str, size: int, by: str = "count", others: bool = False) -> Column:
    """A bucket for each of the values with the highest `by`, the id of a metric of the chart; `others`: one for the rest."""
    params = {
        "size": size,
        "orderBy": {"type": "column", "columnId": by},
        "orderDirection": "desc",
        "otherBucket": others,
        "missingBucket": False,
        "parentFormat": {"id": "terms"},
        "include": [],
        "exclude": [],
        "includeIsRegex": False,
        "excludeIsRegex": False,
    }
    return Column(_id("top", name), label, "terms", name, "string", is_bucketed=True, params=params)


def _id(kind: str, name: str) -> str:
    """Without dots: in an order they mean a part of a metric."""
    return f"{kind}-{name.replace('.', '-')}"
