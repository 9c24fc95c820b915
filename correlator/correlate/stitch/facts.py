"""What the rules know of one record: a few of its columns and attributes. Only records that may join traces are read so."""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any, Final, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from correlator import semconv
from correlator.correlate.stitch.key_attributes import KeyAttributes, id_text, lines
from correlator.correlate.stitch.linked_traces import LinkedSpan, linked_spans
from correlator.model.unique_spans import unique_spans


class Attributes(KeyAttributes, gc=False):
    """The attributes that rules look at, as their sender typed them."""

    workflow_id: Any = msgspec.field(name=semconv.N8N_WORKFLOW_ID, default=None)
    node_type: Any = msgspec.field(name=semconv.N8N_NODE_TYPE, default=None)
    queue_name: Any = msgspec.field(name=semconv.MESSAGING_DESTINATION_NAME, default=None)
    url: Any = msgspec.field(name=semconv.URL_FULL, default=None)
    route: Any = msgspec.field(name=semconv.HTTP_ROUTE, default=None)
    path: Any = msgspec.field(name=semconv.URL_PATH, default=None)


class Place(NamedTuple):
    """A span, by hex ids; `span_id` is empty for a trace of which only logs are known."""

    trace_id: str
    span_id: str


class Facts(msgspec.Struct, frozen=True, gc=False):
    """A span or a log record. `start` and `end` in unix nanoseconds, equal for a log record; ids are empty where unknown.

    `parent` is the place of a span's parent. `job_id` is that of the message where no other is given. `position` and `row`
    name a log record; `is_span` tells the two apart.
    """

    place: Place
    parent: Place
    name: str
    kind: int
    start: int
    end: int
    service_name: str
    instance_id: str
    execution_id: str
    workflow_id: str
    job_id: str
    attributes: Attributes
    links: Sequence[LinkedSpan]
    position: int = 0
    row: int = 0
    is_span: bool = True

    @property
    def trace_id(self) -> str:
        return self.place[0]

    @property
    def order(self) -> tuple[int, Place, int, int]:
        """By time; the same whatever order the records came in."""
        return self.start, self.place, self.position, self.row


_READER: Final = msgspec.json.Decoder(Attributes)
_INSTANCES: Final = msgspec.json.Decoder(dict[str, Any])


def span_facts(spans: pa.Table) -> list[Facts]:
    """Of each span of a SPANS table once, by time."""
    unique = unique_spans(spans)
    columns = zip(
        _hex(unique["trace_id"]),
        _hex(unique["span_id"]),
        _hex(unique["parent_span_id"]),
        unique["name"].to_pylist(),
        unique["kind"].to_pylist(),
        unique["start_time_unix_nano"].to_pylist(),
        unique["end_time_unix_nano"].to_pylist(),
        unique["service_name"].cast(pa.string()).to_pylist(),
        _instance_ids(unique["resource_attributes"]),
        _attributes(unique["attributes"]),
        _links(unique["links"]),
        strict=True,
    )
    facts = [
        Facts(
            Place(trace, span),
            Place(trace, parent),
            name,
            kind,
            start,
            max(start, end),
            service,
            instance,
            *_ids(it),
            it,
            links,
        )
        for trace, span, parent, name, kind, start, end, service, instance, it, links in columns
    ]
    return sorted(facts, key=_order)


def log_facts(logs: pa.Table) -> list[Facts]:
    """Of each record of a LOGS table once, by time."""
    columns = zip(
        _hex(logs["trace_id"]),
        _hex(logs["span_id"]),
        logs["time_unix_nano"].to_pylist(),
        logs["position"].to_pylist(),
        logs["row"].to_pylist(),
        logs["service_name"].cast(pa.string()).to_pylist(),
        _instance_ids(logs["resource_attributes"]),
        _attributes(logs["attributes"]),
        strict=True,
    )
    facts = {
        (position, row): Facts(
            Place(trace, span),
            Place(trace, ""),
            "",
            0,
            time,
            time,
            service,
            instance,
            *_ids(it),
            it,
            (),
            position,
            row,
            False,
        )
        for trace, span, time, position, row, service, instance, it in columns
    }
    return sorted(facts.values(), key=_order)


_order: Final = attrgetter("start", "place", "position", "row")


def _ids(attributes: Attributes) -> tuple[str, str, str]:
    """Of execution, workflow and job."""
    job_id = _id(attributes.job_id) or _id(attributes.message_id)
    return _id(attributes.execution_id), _id(attributes.workflow_id), job_id


def _id(value: Any) -> str:
    return "" if value is None else id_text(value) or ""


def _hex(ids: pa.ChunkedArray) -> list[str]:
    return ["" if value is None else value.hex() for value in ids.to_pylist()]


def _attributes(texts: pa.ChunkedArray) -> list[Attributes]:
    return _READER.decode_lines(lines(pc.fill_null(texts, "{}")))


def _links(links: pa.ChunkedArray) -> list[list[LinkedSpan]]:
    return linked_spans(pc.fill_null(links, "[]"))


def _instance_ids(resources: pa.ChunkedArray) -> list[str]:
    """Of the few distinct resources each is read once."""
    texts = resources.cast(pa.string()).to_pylist()
    known: Mapping[str | None, str] = {text: _instance_id(text) for text in set(texts)}
    return [known[text] for text in texts]


def _instance_id(resource_attributes: str | None) -> str:
    return id_text(_INSTANCES.decode(resource_attributes or "{}").get(semconv.N8N_INSTANCE_ID)) or ""
