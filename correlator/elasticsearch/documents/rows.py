"""Documents to rows, one function a signal: values in the order of the table's columns."""

from typing import Any, Final

from correlator.elasticsearch.documents.source import Source, identifier, object_text, raw_text, unix_nano
from correlator.elasticsearch.documents.span_texts import KINDS, STATUS_CODES
from correlator.model.details import dropped_counts, resource_details, scope_details

Row = tuple[Any, ...]
_KIND_NUMBERS: Final = {name: number for number, name in enumerate(KINDS)}
_STATUS_NUMBERS: Final = {name: number for number, name in enumerate(STATUS_CODES)}


def span_row(source: Source) -> Row:
    start, own = unix_nano(source.timestamp), source.correlator
    return (
        *_origin(source),
        identifier(source.trace_id),
        identifier(source.span_id),
        identifier(source.parent_span_id),
        source.trace_state,
        source.name,
        _KIND_NUMBERS[source.kind],
        start,
        start + source.duration,
        _STATUS_NUMBERS[source.status.code],
        source.status.message,
        own.is_error,
        object_text(source.attributes),
        raw_text(own.events),
        raw_text(source.links),
        dropped_counts(source.dropped_attributes_count, source.dropped_events_count, source.dropped_links_count),
        own.flags,
        *_sender(source),
    )


def log_row(source: Source) -> Row:
    own = source.correlator
    return (
        *_origin(source),
        identifier(source.trace_id),
        identifier(source.span_id),
        unix_nano(source.timestamp),
        unix_nano(source.observed_timestamp),
        source.severity_number,
        source.severity_text,
        source.event_name,
        source.body.text,
        own.is_error,
        object_text(source.attributes),
        dropped_counts(source.dropped_attributes_count),
        own.flags,
        *_sender(source),
    )


def metric_row(source: Source) -> Row:
    own, point = source.correlator, source.correlator.point
    return (
        *_origin(source),
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
        own.flags,
        *_sender(source),
    )


def _origin(source: Source) -> Row:
    """position, row, arrival_unix_nano, marks."""
    own = source.correlator
    return 0, own.row, own.arrival, own.marks


def _sender(source: Source) -> Row:
    """service_name, system, scope_name, scope_details, resource_attributes, resource_details."""
    own, scope, resource = source.correlator, source.scope, source.resource
    return (
        own.service,
        own.system,
        scope.name,
        scope_details(scope.version, object_text(scope.attributes), scope.schema_url, scope.dropped_attributes_count),
        object_text(resource.attributes),
        resource_details(resource.schema_url, resource.dropped_attributes_count),
    )


def _double(value: float | str | None) -> float | None:
    """NaN and the infinities are texts in JSON."""
    return None if value is None else float(value)
