"""OTLP's messages as OTLP/JSON has them, with the fields that we read, spelled as in the proto files."""

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


class Message(Struct, frozen=True, gc=False, rename="camel"):
    """A field that is None is absent."""

    def HasField(self, name: str) -> bool:  # noqa: N802 (protobuf's name)
        return getattr(self, name) is not None


class OneOf(Message, frozen=True):
    """A message with one group of fields of which at most one is set."""

    ALTERNATIVES: ClassVar[tuple[str, ...]]

    def __post_init__(self) -> None:
        if sum([getattr(self, name) is not None for name in self.ALTERNATIVES]) > 1:
            raise ValueError("Expected at most one of the alternatives")

    def WhichOneof(self, _group: str) -> str | None:  # noqa: N802 (protobuf's name)
        return next((name for name in self.ALTERNATIVES if getattr(self, name) is not None), None)


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
    values: list[AnyValue] = []


class KeyValue(Message, frozen=True):
    key: str = ""
    value: AnyValue = AnyValue()


class KeyValueList(Message, frozen=True):
    values: list[KeyValue] = []


class Scope(Message, frozen=True):
    name: str = ""


class Resource(Message, frozen=True):
    attributes: list[KeyValue] = []


class Event(Message, frozen=True):
    time_unix_nano: UInt64 = UInt64()
    name: str = ""
    attributes: list[KeyValue] = []


class Link(Message, frozen=True):
    trace_id: Identifier = Identifier()
    span_id: Identifier = Identifier()
    attributes: list[KeyValue] = []


class Status(Message, frozen=True):
    message: str = ""
    code: StatusCode = StatusCode()


class Span(Message, frozen=True):
    trace_id: Identifier = Identifier()
    span_id: Identifier = Identifier()
    parent_span_id: Identifier = Identifier()
    trace_state: str = ""
    name: str = ""
    kind: Kind = Kind()
    start_time_unix_nano: UInt64 = UInt64()
    end_time_unix_nano: UInt64 = UInt64()
    attributes: list[KeyValue] = []
    events: list[Event] = []
    links: list[Link] = []
    status: Status = Status()
    flags: UInt32 = 0


class LogRecord(Message, frozen=True):
    time_unix_nano: UInt64 = UInt64()
    observed_time_unix_nano: UInt64 = UInt64()
    severity_number: Severity = Severity()
    severity_text: str = ""
    event_name: str = ""
    body: AnyValue = AnyValue()
    attributes: list[KeyValue] = []
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


class NumberDataPoint(OneOf, frozen=True):
    ALTERNATIVES = ("as_double", "as_int")

    attributes: list[KeyValue] = []
    start_time_unix_nano: UInt64 = UInt64()
    time_unix_nano: UInt64 = UInt64()
    as_double: float | None = None
    as_int: Int64 | None = None
    exemplars: list[Exemplar] = []
    flags: UInt32 = 0


class HistogramDataPoint(Message, frozen=True):
    attributes: list[KeyValue] = []
    start_time_unix_nano: UInt64 = UInt64()
    time_unix_nano: UInt64 = UInt64()
    count: UInt64 = UInt64()
    sum: float | None = None
    bucket_counts: list[UInt64] = []
    explicit_bounds: list[float] = []
    exemplars: list[Exemplar] = []
    flags: UInt32 = 0
    min: float | None = None
    max: float | None = None


class Buckets(Message, frozen=True):
    offset: Int32 = 0
    bucket_counts: list[UInt64] = []


class ExponentialHistogramDataPoint(Message, frozen=True):
    attributes: list[KeyValue] = []
    start_time_unix_nano: UInt64 = UInt64()
    time_unix_nano: UInt64 = UInt64()
    count: UInt64 = UInt64()
    sum: float | None = None
    scale: Int32 = 0
    zero_count: UInt64 = UInt64()
    positive: Buckets = Buckets()
    negative: Buckets = Buckets()
    exemplars: list[Exemplar] = []
    flags: UInt32 = 0
    min: float | None = None
    max: float | None = None


class ValueAtQuantile(Message, frozen=True):
    quantile: float = 0.0
    value: float = 0.0


class SummaryDataPoint(Message, frozen=True):
    attributes: list[KeyValue] = []
    start_time_unix_nano: UInt64 = UInt64()
    time_unix_nano: UInt64 = UInt64()
    count: UInt64 = UInt64()
    sum: float = 0.0
    quantile_values: list[ValueAtQuantile] = []
    flags: UInt32 = 0


class Gauge(Message, frozen=True):
    data_points: list[NumberDataPoint] = []


class Sum(Message, frozen=True):
    data_points: list[NumberDataPoint] = []
    aggregation_temporality: Temporality = Temporality()
    is_monotonic: bool = False


class Histogram(Message, frozen=True):
    data_points: list[HistogramDataPoint] = []
    aggregation_temporality: Temporality = Temporality()


class ExponentialHistogram(Message, frozen=True):
    data_points: list[ExponentialHistogramDataPoint] = []
    aggregation_temporality: Temporality = Temporality()


class Summary(Message, frozen=True):
    data_points: list[SummaryDataPoint] = []


class Metric(OneOf, frozen=True):
    ALTERNATIVES = ("gauge", "sum", "histogram", "exponential_histogram", "summary")

    name: str = ""
    description: str = ""
    unit: str = ""
    gauge: Gauge | None = None
    sum: Sum | None = None
    histogram: Histogram | None = None
    exponential_histogram: ExponentialHistogram | None = None
    summary: Summary | None = None


class ScopeSpans(Message, frozen=True):
    scope: Scope = Scope()
    spans: list[Span] = []


class ScopeLogs(Message, frozen=True):
    scope: Scope = Scope()
    log_records: list[LogRecord] = []


class ScopeMetrics(Message, frozen=True):
    scope: Scope = Scope()
    metrics: list[Metric] = []


class ResourceSpans(Message, frozen=True):
    resource: Resource = Resource()
    scope_spans: list[ScopeSpans] = []


class ResourceLogs(Message, frozen=True):
    resource: Resource = Resource()
    scope_logs: list[ScopeLogs] = []


class ResourceMetrics(Message, frozen=True):
    resource: Resource = Resource()
    scope_metrics: list[ScopeMetrics] = []


class TracesRequest(Message, frozen=True):
    resource_spans: list[ResourceSpans] = []


class LogsRequest(Message, frozen=True):
    resource_logs: list[ResourceLogs] = []


class MetricsRequest(Message, frozen=True):
    resource_metrics: list[ResourceMetrics] = []


def camel_case_names() -> dict[str, str]:
    """Every field's name in the proto files to its name in JSON, where they differ."""
    messages = [kind for kind in globals().values() if isinstance(kind, type) and issubclass(kind, Message)]
    fields = [field for message in messages for field in msgspec.structs.fields(message)]
    return {field.name: field.encode_name for field in fields if field.name != field.encode_name}
