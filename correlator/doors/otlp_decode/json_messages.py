"""OTLP's messages as OTLP/JSON has them, with the fields that we read, spelled as in the proto files.

Repeated fields are tuples: one that is absent costs nothing.
"""

import threading
from collections import Counter
from typing import ClassVar

import msgspec
from msgspec import Struct

from correlator.doors.otlp_decode.json_scalars import (
    Base64,
    Identifier,
    Int32,
    Int64,
    Kind,
    Severity,
    StatusCode,
    Temporality,
    UInt32,
    UInt64,
)
from correlator.doors.otlp_decode.record_limit import too_many


class Message(Struct, frozen=True, gc=False, rename="camel"):
    """A field that is None is absent."""

    def HasField(self, name: str) -> bool:  # noqa: N802 (protobuf's name)
        return getattr(self, name) is not None


class _Room(threading.local):
    """How many messages of each level this thread has made for its request, and how many it may."""

    def __init__(self) -> None:
        self.limit = 0
        self.made = Counter[str]()

    def take(self, level: str) -> None:
        self.made[level] += 1
        if self.made[level] > self.limit:
            raise too_many(f"more than {self.limit}", level, self.limit)


_ROOM = _Room()


def begin(limit: int) -> None:
    """A new request: InvalidInput as soon as it has more than `limit` records, or as many of what holds them."""
    _ROOM.limit = limit
    _ROOM.made.clear()


class Counted(Message, frozen=True):
    """A record, or one of the levels above it."""

    LEVEL: ClassVar[str]

    def __post_init__(self) -> None:
        _ROOM.take(self.LEVEL)


class OneOf(Message, frozen=True):
    """A message with one group of fields of which at most one is set."""

    ALTERNATIVES: ClassVar[tuple[str, ...]]

    def __post_init__(self) -> None:
        if sum([getattr(self, name) is not None for name in self.ALTERNATIVES]) > 1:
            raise ValueError("Expected at most one of the alternatives")

    def WhichOneof(self, _group: str) -> str | None:  # noqa: N802 (protobuf's name)
        return next((name for name in self.ALTERNATIVES if getattr(self, name) is not None), None)


class CountedOneOf(OneOf, frozen=True):
    """A record, or a level above it, with one group of fields of which at most one is set."""

    LEVEL: ClassVar[str]

    def __post_init__(self) -> None:
        _ROOM.take(self.LEVEL)
        OneOf.__post_init__(self)


class AnyValue(OneOf, frozen=True):
    ALTERNATIVES = (
        "string_value", "int_value", "bool_value", "double_value", "bytes_value", "array_value", "kvlist_value",
    )  # fmt: skip

    string_value: str | None = None
    bool_value: bool | None = None
    int_value: Int64 | None = None
    double_value: float | None = None
    array_value: "ArrayValue | None" = None
    kvlist_value: "KeyValueList | None" = None
    bytes_value: Base64 | None = None


class ArrayValue(Message, frozen=True):
    values: tuple[AnyValue, ...] = ()


class KeyValue(Message, frozen=True):
    key: str = ""
    value: AnyValue = AnyValue()


class KeyValueList(Message, frozen=True):
    values: tuple[KeyValue, ...] = ()


class Scope(Message, frozen=True):
    name: str = ""
    version: str = ""
    attributes: tuple[KeyValue, ...] = ()
    dropped_attributes_count: UInt32 = 0


class Resource(Message, frozen=True):
    attributes: tuple[KeyValue, ...] = ()
    dropped_attributes_count: UInt32 = 0


class Event(Message, frozen=True):
    time_unix_nano: UInt64 = UInt64()
    name: str = ""
    attributes: tuple[KeyValue, ...] = ()
    dropped_attributes_count: UInt32 = 0


class Link(Message, frozen=True):
    trace_id: Identifier = Identifier()
    span_id: Identifier = Identifier()
    trace_state: str = ""
    attributes: tuple[KeyValue, ...] = ()
    dropped_attributes_count: UInt32 = 0


class Status(Message, frozen=True):
    message: str = ""
    code: StatusCode = StatusCode()


class Span(Counted, frozen=True):
    LEVEL = "spans"

    trace_id: Identifier = Identifier()
    span_id: Identifier = Identifier()
    parent_span_id: Identifier = Identifier()
    trace_state: str = ""
    name: str = ""
    kind: Kind = Kind()
    start_time_unix_nano: UInt64 = UInt64()
    end_time_unix_nano: UInt64 = UInt64()
    attributes: tuple[KeyValue, ...] = ()
    dropped_attributes_count: UInt32 = 0
    events: tuple[Event, ...] = ()
    dropped_events_count: UInt32 = 0
    links: tuple[Link, ...] = ()
    dropped_links_count: UInt32 = 0
    status: Status = Status()
    flags: UInt32 = 0


class LogRecord(Counted, frozen=True):
    LEVEL = "log_records"

    time_unix_nano: UInt64 = UInt64()
    observed_time_unix_nano: UInt64 = UInt64()
    severity_number: Severity = Severity()
    severity_text: str = ""
    event_name: str = ""
    body: AnyValue = AnyValue()
    attributes: tuple[KeyValue, ...] = ()
    dropped_attributes_count: UInt32 = 0
    flags: UInt32 = 0
    trace_id: Identifier = Identifier()
    span_id: Identifier = Identifier()


class Exemplar(OneOf, frozen=True):
    ALTERNATIVES = ("as_double", "as_int")

    time_unix_nano: UInt64 = UInt64()
    as_double: float | None = None
    as_int: Int64 | None = None
    span_id: Identifier = Identifier()
    trace_id: Identifier = Identifier()


class NumberDataPoint(CountedOneOf, frozen=True):
    LEVEL = "data_points"
    ALTERNATIVES = ("as_double", "as_int")

    attributes: tuple[KeyValue, ...] = ()
    start_time_unix_nano: UInt64 = UInt64()
    time_unix_nano: UInt64 = UInt64()
    as_double: float | None = None
    as_int: Int64 | None = None
    exemplars: tuple[Exemplar, ...] = ()
    flags: UInt32 = 0


class HistogramDataPoint(Counted, frozen=True):
    LEVEL = "data_points"

    attributes: tuple[KeyValue, ...] = ()
    start_time_unix_nano: UInt64 = UInt64()
    time_unix_nano: UInt64 = UInt64()
    count: UInt64 = UInt64()
    sum: float | None = None
    bucket_counts: tuple[UInt64, ...] = ()
    explicit_bounds: tuple[float, ...] = ()
    exemplars: tuple[Exemplar, ...] = ()
    flags: UInt32 = 0
    min: float | None = None
    max: float | None = None


class Buckets(Message, frozen=True):
    offset: Int32 = 0
    bucket_counts: tuple[UInt64, ...] = ()


class ExponentialHistogramDataPoint(Counted, frozen=True):
    LEVEL = "data_points"

    attributes: tuple[KeyValue, ...] = ()
    start_time_unix_nano: UInt64 = UInt64()
    time_unix_nano: UInt64 = UInt64()
    count: UInt64 = UInt64()
    sum: float | None = None
    scale: Int32 = 0
    zero_count: UInt64 = UInt64()
    positive: Buckets = Buckets()
    negative: Buckets = Buckets()
    exemplars: tuple[Exemplar, ...] = ()
    flags: UInt32 = 0
    min: float | None = None
    max: float | None = None


class ValueAtQuantile(Message, frozen=True):
    quantile: float = 0.0
    value: float = 0.0


class SummaryDataPoint(Counted, frozen=True):
    LEVEL = "data_points"

    attributes: tuple[KeyValue, ...] = ()
    start_time_unix_nano: UInt64 = UInt64()
    time_unix_nano: UInt64 = UInt64()
    count: UInt64 = UInt64()
    sum: float = 0.0
    quantile_values: tuple[ValueAtQuantile, ...] = ()
    flags: UInt32 = 0


class Gauge(Message, frozen=True):
    data_points: tuple[NumberDataPoint, ...] = ()


class Sum(Message, frozen=True):
    data_points: tuple[NumberDataPoint, ...] = ()
    aggregation_temporality: Temporality = Temporality()
    is_monotonic: bool = False


class Histogram(Message, frozen=True):
    data_points: tuple[HistogramDataPoint, ...] = ()
    aggregation_temporality: Temporality = Temporality()


class ExponentialHistogram(Message, frozen=True):
    data_points: tuple[ExponentialHistogramDataPoint, ...] = ()
    aggregation_temporality: Temporality = Temporality()


class Summary(Message, frozen=True):
    data_points: tuple[SummaryDataPoint, ...] = ()


class Metric(CountedOneOf, frozen=True):
    LEVEL = "metrics"
    ALTERNATIVES = ("gauge", "sum", "histogram", "exponential_histogram", "summary")

    name: str = ""
    description: str = ""
    unit: str = ""
    gauge: Gauge | None = None
    sum: Sum | None = None
    histogram: Histogram | None = None
    exponential_histogram: ExponentialHistogram | None = None
    summary: Summary | None = None


class ScopeSpans(Counted, frozen=True):
    LEVEL = "scope_spans"

    scope: Scope = Scope()
    spans: tuple[Span, ...] = ()
    schema_url: str = ""


class ScopeLogs(Counted, frozen=True):
    LEVEL = "scope_logs"

    scope: Scope = Scope()
    log_records: tuple[LogRecord, ...] = ()
    schema_url: str = ""


class ScopeMetrics(Counted, frozen=True):
    LEVEL = "scope_metrics"

    scope: Scope = Scope()
    metrics: tuple[Metric, ...] = ()
    schema_url: str = ""


class ResourceSpans(Counted, frozen=True):
    LEVEL = "resource_spans"

    resource: Resource = Resource()
    scope_spans: tuple[ScopeSpans, ...] = ()
    schema_url: str = ""


class ResourceLogs(Counted, frozen=True):
    LEVEL = "resource_logs"

    resource: Resource = Resource()
    scope_logs: tuple[ScopeLogs, ...] = ()
    schema_url: str = ""


class ResourceMetrics(Counted, frozen=True):
    LEVEL = "resource_metrics"

    resource: Resource = Resource()
    scope_metrics: tuple[ScopeMetrics, ...] = ()
    schema_url: str = ""


class TracesRequest(Message, frozen=True):
    resource_spans: tuple[ResourceSpans, ...] = ()


class LogsRequest(Message, frozen=True):
    resource_logs: tuple[ResourceLogs, ...] = ()


class MetricsRequest(Message, frozen=True):
    resource_metrics: tuple[ResourceMetrics, ...] = ()


def camel_case_names() -> dict[str, str]:
    """Every field's name in the proto files to its name in JSON, where they differ."""
    messages = [kind for kind in globals().values() if isinstance(kind, type) and issubclass(kind, Message)]
    fields = [field for message in messages for field in msgspec.structs.fields(message)]
    return {field.name: field.encode_name for field in fields if field.name != field.encode_name}
