"""What the rules know of one record: a few of its columns and attributes. Only records that may join traces are read so."""

from collections.abc import Iterable, Sequence
from itertools import repeat, starmap
from operator import attrgetter
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from correlator import semconv
from correlator.correlate.stitch.key_attributes import KeyAttributes, id_text, lines
from correlator.correlate.stitch.linked_traces import LinkedSpan, linked_spans
from correlator.model.marks import Mark


class Attributes(KeyAttributes, gc=False):
    """The attributes that rules look at, as their sender typed them."""

    workflow_id: Any = msgspec.field(name=semconv.N8N_WORKFLOW_ID, default=None)
    node_name: Any = msgspec.field(name=semconv.N8N_NODE_NAME, default=None)
    node_type: Any = msgspec.field(name=semconv.N8N_NODE_TYPE, default=None)
    queue_name: Any = msgspec.field(name=semconv.MESSAGING_DESTINATION_NAME, default=None)
    url: Any = msgspec.field(name=semconv.URL_FULL, default=None)
    route: Any = msgspec.field(name=semconv.HTTP_ROUTE, default=None)
    path: Any = msgspec.field(name=semconv.URL_PATH, default=None)


class Place(msgspec.Struct, frozen=True, order=True, gc=False):
    """A span, by hex ids; `span_id` is empty for a trace of which only logs are known."""

    trace_id: str
    span_id: str


class Facts(msgspec.Struct, frozen=True, gc=False):
    """A span or a log record. `start` and `end` in unix nanoseconds, equal for a log record; ids are empty where unknown.

    `parent` is the place of a span's parent. `job_id` is that of the message where no other is given. `position` and `row`
    name a log record; `is_span` tells the two apart. `is_retold`: another than the sender told of it.
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
    is_retold: bool = False
    position: int = 0
    row: int = 0
    is_span: bool = True

    @property
    def trace_id(self) -> str:
        return self.place.trace_id

    @property
    def order(self) -> tuple[int, Place, int, int]:
        """By time; the same whatever order the records came in."""
        return self.start, self.place, self.position, self.row


_READER: Final = msgspec.json.Decoder(Attributes)
_RESOURCES: Final = msgspec.json.Decoder(dict[str, Any])
_RETOLD: Final = int(Mark.RECONSTRUCTED)
SPAN_COLUMNS: Final = (
    "position", "row", "marks", "trace_id", "span_id", "parent_span_id", "name", "kind", "start_time_unix_nano",
    "end_time_unix_nano", "attributes", "links", "service_name", "resource_attributes",
)  # fmt: skip
"""Those of SPANS that facts are read from, and a double is known by: copying the others costs as much again."""
LOG_COLUMNS: Final = (
    "position", "row", "trace_id", "span_id", "time_unix_nano", "attributes", "service_name", "resource_attributes",
)  # fmt: skip
"""Those of LOGS that facts are read from."""
_SPAN_ORDER: Final = ("start_time_unix_nano", "trace_id", "span_id")
"""Facts.order of spans, as columns."""


def span_facts(spans: pa.Table) -> list[Facts]:
    """Of the spans of a table of SPAN_COLUMNS, each of which is there once, by time."""
    ordered = spans.take(pc.sort_indices(spans, [(name, "ascending") for name in _SPAN_ORDER]))
    traces, attributes = _hex(ordered["trace_id"]), _attributes(ordered["attributes"])
    starts = ordered["start_time_unix_nano"].to_pylist()
    columns = zip(
        map(Place, traces, _hex(ordered["span_id"])),
        map(Place, traces, _hex(ordered["parent_span_id"])),
        ordered["name"].to_pylist(),
        ordered["kind"].to_pylist(),
        starts,
        map(max, starts, ordered["end_time_unix_nano"].to_pylist()),
        *_sender(ordered),
        *_ids(attributes),
        attributes,
        _links(ordered["links"]),
        [bool(marks & _RETOLD) for marks in ordered["marks"].to_pylist()],
        strict=True,
    )
    return list(starmap(Facts, columns))


def log_facts(logs: pa.Table) -> list[Facts]:
    """Of each record of a table of LOG_COLUMNS once, by time."""
    traces, attributes = _hex(logs["trace_id"]), _attributes(logs["attributes"])
    times, nothing = logs["time_unix_nano"].to_pylist(), repeat("", logs.num_rows)
    columns = zip(
        map(Place, traces, _hex(logs["span_id"])),
        map(Place, traces, nothing),
        repeat("", logs.num_rows),
        repeat(semconv.KIND_UNSPECIFIED, logs.num_rows),
        times,
        times,
        *_sender(logs),
        *_ids(attributes),
        attributes,
        repeat((), logs.num_rows),
        repeat(False, logs.num_rows),
        logs["position"].to_pylist(),
        logs["row"].to_pylist(),
        repeat(False, logs.num_rows),
        strict=True,
    )
    unique = {(it.position, it.row): it for it in starmap(Facts, columns)}
    return sorted(unique.values(), key=attrgetter("order"))


def _hex(ids: pa.ChunkedArray) -> list[str]:
    """Empty for null."""
    array = ids.combine_chunks()
    width, count = 2 * array.type.byte_width, len(array)
    start = array.offset * width
    digits = array.buffers()[1].to_pybytes().hex() if count else ""
    texts = [digits[place : place + width] for place in range(start, start + count * width, width)]
    for number in np.flatnonzero(array.is_null().to_numpy(zero_copy_only=False)).tolist():
        texts[number] = ""
    return texts


def _sender(records: pa.Table) -> tuple[list[str], list[str]]:
    """Service names and n8n instance ids; of the few distinct resources each is read once."""
    resources = records["resource_attributes"].cast(pa.string()).to_pylist()
    instances = {text: _instance_id(text) for text in set(resources)}
    return records["service_name"].cast(pa.string()).to_pylist(), [instances[text] for text in resources]


def _instance_id(resource_attributes: str | None) -> str:
    return _id(_RESOURCES.decode(resource_attributes or "{}").get(semconv.N8N_INSTANCE_ID))


def _attributes(texts: pa.ChunkedArray) -> list[Attributes]:
    return _READER.decode_lines(lines(pc.fill_null(texts, "{}")))


def _links(texts: pa.ChunkedArray) -> Iterable[Sequence[LinkedSpan]]:
    if texts.null_count == len(texts):  # as most senders
        return repeat((), len(texts))
    return linked_spans(pc.fill_null(texts, "[]"))


def _ids(attributes: Sequence[Attributes]) -> tuple[list[str], list[str], list[str]]:
    """Of execution, workflow and job."""
    executions = ["" if it.execution_id is None else _id(it.execution_id) for it in attributes]
    workflows = ["" if it.workflow_id is None else _id(it.workflow_id) for it in attributes]
    jobs = [
        "" if it.job_id is None and it.message_id is None else _id(it.job_id) or _id(it.message_id) for it in attributes
    ]
    return executions, workflows, jobs


def _id(value: Any) -> str:
    return id_text(value) or ""
