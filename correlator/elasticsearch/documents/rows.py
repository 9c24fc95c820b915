"""Documents to rows, one function a signal: values in the order of the table's columns, but for the sender's."""

from typing import Any, Final

import msgspec

from correlator import semconv
from correlator.elasticsearch.documents.source import (
    INT64_MAX,
    Body,
    Point,
    Source,
    identifier,
    object_text,
    raw_text,
    unix_nano,
)
from correlator.elasticsearch.documents.span_texts import KINDS, STATUS_CODES
from correlator.model.error_signal import log_is_error, span_is_error

Row = tuple[Any, ...]
_KIND_NUMBERS: Final = {name: number for number, name in enumerate(KINDS)}
_STATUS_NUMBERS: Final = {name: number for number, name in enumerate(STATUS_CODES)}
WRAPPED: Final = '{"value":'
"""So the Collector writes a body that is a list: an object field takes no list."""


def span_row(source: Source, origin: Row, events: str | None) -> Row | None:
    """None where it has no ids: then it is no span. `events` are those that came as documents of their own."""
    trace_id, span_id = identifier(source.trace_id, 16), identifier(source.span_id, 8)
    if trace_id is None or span_id is None:
        return None
    start, own = unix_nano(source.timestamp), source.correlator
    return (
        *origin,
        trace_id,
        span_id,
        identifier(source.parent_span_id, 8),
        source.trace_state or None,
        source.name,
        _KIND_NUMBERS.get(source.kind, 0),
        start,
        start + int(source.duration),
        _STATUS_NUMBERS.get(source.status.code or "", 0),
        source.status.message or None,
        own.is_error if own else _is_error(source, events),
        object_text(source.attributes),
        raw_text(own.events) if own else events,
        raw_text(source.links),
        own.flags if own else 0,
    )


def log_row(source: Source, origin: Row) -> Row:
    """A log record."""
    own = source.correlator
    return (
        *origin,
        identifier(source.trace_id, 16),
        identifier(source.span_id, 8),
        unix_nano(source.timestamp),
        unix_nano(source.observed_timestamp),
        source.severity_number,
        source.severity_text or None,
        source.event_name or None,
        _body(source.body),
        own.is_error if own else log_is_error(source.severity_number),
        object_text(source.attributes),
        own.flags if own else 0,
    )


def metric_rows(source: Source, origin: Row) -> list[Row]:
    """A data point of ours; of others as many as the document has metrics."""
    own = source.correlator
    points = [own.point] if own else map(_foreign_point, *_metrics(source))
    return [(*origin, *_of_point(point, source), own.flags if own else 0) for point in points]


def _of_point(point: Point, source: Source) -> Row:
    return (
        point.name,
        source.unit,
        point.description,
        point.type,
        point.temporality,
        point.is_monotonic,
        unix_nano(source.start_timestamp),
        unix_nano(source.timestamp),
        _double(point.value),
        point.value_int,
        point.count,
        _double(point.sum),
        _double(point.min),
        _double(point.max),
        raw_text(point.buckets),
        raw_text(point.exemplars),
        object_text(source.attributes),
    )


def _metrics(source: Source) -> tuple[list[str], list[Any]]:
    metrics = msgspec.json.decode(object_text(source.metrics), type=dict[str, Any])
    return list(metrics), list(metrics.values())


def _foreign_point(name: str, value: Any) -> Point:
    """A number is a gauge; what has counts of values a histogram without bounds; what has a sum and a count a summary."""
    if isinstance(value, int | float):
        is_integer = isinstance(value, int) and -INT64_MAX <= value <= INT64_MAX
        return Point(name, value=float(value), value_int=int(value) if is_integer else None)
    match value:
        case {"counts": [*counts], "values": [*_]}:
            return Point(name, type="histogram", count=sum(each for each in counts if isinstance(each, int)))
        case {"sum": int() | float() as total, "value_count": int() as count}:
            return Point(name, type="summary", sum=float(total), count=count)
    return Point(name)


def _double(value: float | str | None) -> float | None:
    return None if value is None else float(value)


def _is_error(source: Source, events: str | None) -> bool:
    attributes = msgspec.json.decode(object_text(source.attributes), type=dict[str, Any])
    names = msgspec.json.decode(events, type=list[dict[str, Any]]) if events else ()
    has_exception = any(event["name"] == semconv.EXCEPTION_EVENT for event in names)
    status = _STATUS_NUMBERS.get(source.status.code or "", 0)
    return span_is_error(status, _KIND_NUMBERS.get(source.kind, 0), attributes, has_exception=has_exception)


def _body(body: Body) -> str | None:
    """Text as it is, anything else as JSON."""
    if body.text is not None:
        return body.text if isinstance(body.text, str) else msgspec.json.encode(body.text).decode()
    structured = raw_text(body.structured)
    if structured is not None and structured.startswith(WRAPPED):
        return structured.removeprefix(WRAPPED).removesuffix("}")
    return structured
