"""Arrow schemas: one row a record, one column a line, with its unit.

Ids are 16 and 8 bytes; times are int64 unix nanoseconds, UTC. Attribute bags are JSON objects as text: integers exact,
NaN and the infinities as the strings "NaN", "Infinity", "-Infinity", bytes as base64, as protobuf's JSON mapping has
them; of a key given twice, the last counts. Events and links have what else OTLP gives them (trace_state of a link,
dropped_attributes_count) where it is not empty or 0. The identity of a span is (trace_id, span_id); of a log record or a data
point (position, row).
"""

from dataclasses import dataclass, field, replace
from typing import Final

import pyarrow as pa

TRACE_ID: Final = pa.binary(16)
SPAN_ID: Final = pa.binary(8)
TERM: Final = pa.dictionary(pa.int32(), pa.string())  # few distinct values: dictionary-encoded

# Every table starts with where its record came from, and ends with what describes its sender.
_ORIGIN: Final = [
    pa.field("position", pa.int64()),  # log position of the request: byte offset in the whole raw log
    pa.field("row", pa.int32()),  # place of the record within its request, from 0, rejected records not counted
    pa.field("arrival_unix_nano", pa.int64()),  # when the request arrived here
    pa.field("marks", pa.int32()),  # what is odd about the record, or what it was sent as: bits of model.marks.Mark
]
_SENDER: Final = [
    pa.field("service_name", TERM),  # service.name, or unknown_service
    pa.field("system", TERM),  # n8n | bridge | worker | other, by the rules in settings
    pa.field("scope_name", TERM),  # instrumentation scope; empty when not given
    pa.field("scope_details", TERM),  # JSON of model.details.scope_details; null when nothing is given
    pa.field("resource_attributes", TERM),  # JSON object
    pa.field("resource_details", TERM),  # JSON of model.details.resource_details; null when nothing is given
]

SPANS: Final = pa.schema(
    [
        *_ORIGIN,
        pa.field("trace_id", TRACE_ID),
        pa.field("span_id", SPAN_ID),
        pa.field("parent_span_id", SPAN_ID),  # null at a root
        pa.field("trace_state", pa.string()),  # null when empty
        pa.field("name", pa.string()),
        pa.field("kind", pa.int8()),  # OTLP Span.SpanKind, 0..5
        pa.field("start_time_unix_nano", pa.int64()),
        pa.field("end_time_unix_nano", pa.int64()),
        pa.field("status_code", pa.int8()),  # 0 unset, 1 ok, 2 error
        pa.field("status_message", pa.string()),  # null when empty
        pa.field("is_error", pa.bool_()),  # model.error_signal.span_is_error
        pa.field("attributes", pa.string()),  # JSON object
        pa.field("events", pa.string()),  # JSON array of {time_unix_nano, name, attributes}; null when none
        pa.field("links", pa.string()),  # JSON array of {trace_id, span_id, attributes}, ids in hex; null when none
        pa.field("dropped_counts", TERM),  # JSON of model.details.dropped_counts; null when all are 0
        pa.field("flags", pa.int64()),  # uint32 on the wire
        *_SENDER,
    ]
)

LOGS: Final = pa.schema(
    [
        *_ORIGIN,
        pa.field("trace_id", TRACE_ID),  # null when not given, or invalid
        pa.field("span_id", SPAN_ID),  # null when not given, or invalid
        pa.field("time_unix_nano", pa.int64()),  # when it happened; the observed time when not given
        pa.field("observed_time_unix_nano", pa.int64()),
        pa.field("severity_number", pa.int32()),  # 0 not given, 1..24
        pa.field("severity_text", pa.string()),  # null when empty
        pa.field("event_name", pa.string()),  # null when empty
        pa.field("body", pa.string()),  # text as it is; anything structured as JSON; null when not given
        pa.field("is_error", pa.bool_()),  # model.error_signal.log_is_error
        pa.field("attributes", pa.string()),  # JSON object
        pa.field("dropped_counts", TERM),  # JSON of model.details.dropped_counts; null when 0
        pa.field("flags", pa.int64()),
        *_SENDER,
    ]
)

METRICS: Final = pa.schema(
    [
        *_ORIGIN,
        pa.field("name", TERM),
        pa.field("unit", TERM),
        pa.field("description", TERM),
        pa.field("type", TERM),  # gauge | sum | histogram | exponential_histogram | summary
        pa.field("temporality", pa.int8()),  # 0 unspecified, 1 delta, 2 cumulative
        pa.field("is_monotonic", pa.bool_()),  # false for all but a sum
        pa.field("start_time_unix_nano", pa.int64()),  # 0 when not given
        pa.field("time_unix_nano", pa.int64()),
        pa.field("value", pa.float64()),  # gauge and sum; null for the others
        pa.field("value_int", pa.int64()),  # the exact value where it was sent as an integer
        pa.field("count", pa.int64()),  # histograms and summary; null for the others
        pa.field("sum", pa.float64()),
        pa.field("min", pa.float64()),
        pa.field("max", pa.float64()),
        pa.field(
            "buckets", pa.string()
        ),  # JSON: {bounds, counts}, {scale, zero_count, positive, negative} or {quantiles}
        pa.field("exemplars", pa.string()),  # JSON array of {time_unix_nano, value, trace_id, span_id}; null when none
        pa.field("attributes", pa.string()),  # JSON object
        pa.field("flags", pa.int64()),
        *_SENDER,
    ]
)

SCHEMAS: Final = {"traces": SPANS, "logs": LOGS, "metrics": METRICS}
"""Signal name, as in OTLP's paths, to the schema of its table."""

TIME_COLUMNS: Final = {"traces": "start_time_unix_nano", "logs": "time_unix_nano", "metrics": "time_unix_nano"}
"""Signal name to the time by which its records are looked up."""

NO_SPANS: Final = SPANS.empty_table()
NO_LOGS: Final = LOGS.empty_table()
NO_METRICS: Final = METRICS.empty_table()
NONE_OF: Final = {"traces": NO_SPANS, "logs": NO_LOGS, "metrics": NO_METRICS}
"""Signal name to its table without rows: made once, as each costs half a millisecond."""


@dataclass(frozen=True, slots=True)
class Tables:
    """Records of the three signals; each table has exactly its schema above."""

    spans: pa.Table = field(default_factory=lambda: NO_SPANS)
    logs: pa.Table = field(default_factory=lambda: NO_LOGS)
    metrics: pa.Table = field(default_factory=lambda: NO_METRICS)

    @property
    def num_rows(self) -> int:
        return int(self.spans.num_rows + self.logs.num_rows + self.metrics.num_rows)

    def at(self, position: int) -> "Tables":
        """The same records with the log position that their request got."""
        return Tables(*(_with_position(table, position) for table in (self.spans, self.logs, self.metrics)))

    def with_spans(self, spans: pa.Table) -> "Tables":
        return replace(self, spans=spans)


def concat(parts: "list[Tables]") -> Tables:
    """All records of `parts`, in their order."""
    if not parts:
        return Tables()
    return Tables(
        pa.concat_tables([part.spans for part in parts]),
        pa.concat_tables([part.logs for part in parts]),
        pa.concat_tables([part.metrics for part in parts]),
    )


def _with_position(table: pa.Table, position: int) -> pa.Table:
    if table.num_rows == 0:
        return table
    index = table.schema.get_field_index("position")
    column = pa.repeat(pa.scalar(position, pa.int64()), table.num_rows)
    return table.set_column(index, table.schema.field(index), column)
