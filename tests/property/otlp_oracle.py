"""What decode must give, written slowly and plainly from protobuf's own objects: one row at a time, no cache, no Arrow.

Rows are dicts with the columns of model.tables; JSON columns hold the parsed value.
"""

import base64
import json
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from correlator.model.error_signal import log_is_error, span_is_error
from correlator.model.limits import Limits
from correlator.model.marks import Mark

INT64_MAX = 2**63 - 1
JSON_COLUMNS = (
    "attributes", "resource_attributes", "resource_details", "scope_details", "dropped_counts", "events", "links",
    "buckets", "exemplars",
)  # fmt: skip


class Rejected(Exception):
    """A record that must not be kept; its text is the reason."""


@dataclass
class Expected:
    rows: list[dict[str, Any]] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)


def system_by_name(resource_attributes: Any, scope_name: str) -> str:
    """A rule that shows which attributes and scope it was asked about."""
    return f"{resource_attributes.get('service.name')}/{scope_name}"


def expected(signal: str, request: Any, limits: Limits, arrival: int) -> Expected:
    """Rows and rejections of a request that protobuf has parsed."""
    answer = Expected()
    for group, scope, records in _scopes(signal, request):
        for record in records:
            try:
                sender = _sender(group, scope, limits)
                row = _ROWS[signal](record, limits, arrival)
            except Rejected as rejected:
                answer.rejected[str(rejected)] += 1
            else:
                origin = {"position": 0, "row": len(answer.rows), "arrival_unix_nano": arrival}
                answer.rows.append(origin | row | sender)
    return answer


def rows_of(table: pa.Table) -> list[dict[str, Any]]:
    """A decoded table in the oracle's form; fails on JSON that is not valid or gives a key twice."""
    rows = table.to_pylist()
    for row in rows:
        for name in JSON_COLUMNS:
            if row.get(name) is not None:
                row[name] = json.loads(row[name], object_pairs_hook=_unique_keys, parse_constant=_no_constant)
    return rows


def comparable(rows: list[dict[str, Any]]) -> list[str]:
    """Text that tells 1 from 1.0 and True, and holds NaN equal to itself."""
    return [repr(sorted(row.items())).replace("-0.0", "0.0") for row in map(_sorted_keys, rows)]


def _sorted_keys(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _sorted_keys(node[key]) for key in sorted(node)}
    return [_sorted_keys(item) for item in node] if isinstance(node, list) else node


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def _no_constant(name: str) -> Any:
    raise AssertionError(f"{name} is no JSON")


def _scopes(signal: str, request: Any) -> Iterator[tuple[Any, Any, list[Any]]]:
    if signal == "traces":
        for group in request.resource_spans:
            for scope in group.scope_spans:
                yield group, scope, list(scope.spans)
    elif signal == "logs":
        for group in request.resource_logs:
            for scope in group.scope_logs:
                yield group, scope, list(scope.log_records)
    else:
        for group in request.resource_metrics:
            for scope in group.scope_metrics:
                yield group, scope, [pair for metric in scope.metrics for pair in _points(metric)]


def _points(metric: Any) -> list[tuple[Any, Any]]:
    kind = metric.WhichOneof("data")
    return [(metric, None)] if kind is None else [(metric, point) for point in getattr(metric, kind).data_points]


def _sender(group: Any, scoped: Any, limits: Limits) -> dict[str, Any]:
    resource, scope = group.resource, scoped.scope
    attributes = _attributes(resource.attributes, limits)
    name = attributes.get("service.name")
    of_scope = {"version": scope.version, "schema_url": scoped.schema_url}
    try:
        of_scope |= {"attributes": _attributes(scope.attributes, limits)}
        dropped = scope.dropped_attributes_count
    except Rejected:
        dropped = min(scope.dropped_attributes_count + len(scope.attributes), 2**32 - 1)
    of_scope |= {"dropped_attributes_count": dropped}
    return {
        "service_name": name if isinstance(name, str) and name else "unknown_service",
        "system": system_by_name(attributes, scope.name),
        "scope_name": scope.name,
        "scope_details": _given(of_scope) or None,
        "resource_attributes": attributes,
        "resource_details": _given(
            {"schema_url": group.schema_url, "dropped_attributes_count": resource.dropped_attributes_count}
        )
        or None,
    }


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    """Those that are not empty or 0."""
    return {name: value for name, value in fields.items() if value}


def _dropped(message: Any) -> dict[str, Any]:
    """What the message says of how much is missing."""
    names = [field.name for field in message.DESCRIPTOR.fields if field.name.startswith("dropped_")]
    return _given({name: getattr(message, name) for name in names})


def _attributes(attributes: Any, limits: Limits) -> dict[str, Any]:
    if len(attributes) > limits.attributes_per_record:
        raise Rejected("too_many_attributes")
    return {item.key: _value(item.value, limits, 0) for item in attributes}


def _value(value: Any, limits: Limits, depth: int) -> Any:
    case = value.WhichOneof("value")
    if case in ("array_value", "kvlist_value"):
        if depth == limits.nesting_depth:
            raise Rejected("nested_too_deep")
        items = getattr(value, case).values
        if case == "array_value":
            return [_value(item, limits, depth + 1) for item in items]
        return {item.key: _value(item.value, limits, depth + 1) for item in items}
    if case in ("string_value", "bytes_value"):
        content = getattr(value, case)
        size = len(content.encode() if isinstance(content, str) else content)
        if size > limits.value_bytes:
            raise Rejected("value_too_long")
        return content if isinstance(content, str) else base64.b64encode(content).decode()
    if case == "double_value":
        return _double(value.double_value)
    return getattr(value, case) if case in ("int_value", "bool_value") else None


def _double(value: float) -> Any:
    if math.isnan(value):
        return "NaN"
    return value if math.isfinite(value) else "Infinity" if value > 0 else "-Infinity"


def _clamped(time: int) -> int:
    return min(time, INT64_MAX)


def _far(time: int, limits: Limits, arrival: int) -> bool:
    too_late = time - arrival > limits.future_skew_s * 1_000_000_000
    return time >= INT64_MAX or too_late or arrival - time > limits.past_skew_s * 1_000_000_000


def _span(span: Any, limits: Limits, arrival: int) -> dict[str, Any]:
    if len(span.trace_id) != 16 or not any(span.trace_id):
        raise Rejected("bad_trace_id")
    if len(span.span_id) != 8 or not any(span.span_id):
        raise Rejected("bad_span_id")
    marks = 0
    parent = span.parent_span_id if len(span.parent_span_id) == 8 and any(span.parent_span_id) else None
    if any(span.parent_span_id) and parent is None:
        marks |= Mark.INVALID_PARENT
    attributes = _attributes(span.attributes, limits)
    events, links = _events(span, limits), _links(span, limits)
    if any(event.time_unix_nano > INT64_MAX for event in span.events):
        marks |= Mark.TIME_OUT_OF_RANGE
    if len(links or ()) < len(span.links):
        marks |= Mark.INVALID_TRACE_CONTEXT
    start, end = _clamped(span.start_time_unix_nano), _clamped(span.end_time_unix_nano)
    if not (start and end):
        marks |= Mark.NO_TIME
    start, end = start or end or arrival, end or start or arrival
    if end < start:
        marks |= Mark.END_BEFORE_START
    if _far(start, limits, arrival) or _far(end, limits, arrival):
        marks |= Mark.TIME_OUT_OF_RANGE
    has_exception = any(event.name == "exception" for event in span.events)
    return {
        "marks": int(marks),
        "trace_id": span.trace_id,
        "span_id": span.span_id,
        "parent_span_id": parent,
        "trace_state": span.trace_state or None,
        "name": span.name,
        "kind": span.kind if 0 <= span.kind <= 5 else 0,
        "start_time_unix_nano": start,
        "end_time_unix_nano": end,
        "status_code": span.status.code if 0 <= span.status.code <= 2 else 0,
        "status_message": span.status.message or None,
        "is_error": span_is_error(span.status.code, span.kind, attributes, has_exception=has_exception),
        "attributes": attributes,
        "events": events,
        "links": links,
        "dropped_counts": _dropped(span) or None,
        "flags": span.flags,
    }


def _events(span: Any, limits: Limits) -> list[Any] | None:
    if len(span.events) > limits.attributes_per_record:
        raise Rejected("too_many_events")
    return [
        {
            "time_unix_nano": _clamped(event.time_unix_nano),
            "name": event.name,
            "attributes": _attributes(event.attributes, limits),
            **_dropped(event),
        }
        for event in span.events
    ] or None


def _links(span: Any, limits: Limits) -> list[Any] | None:
    if len(span.links) > limits.attributes_per_record:
        raise Rejected("too_many_links")
    links = [
        {
            "trace_id": _hex(link.trace_id, 16),
            "span_id": _hex(link.span_id, 8),
            "attributes": _attributes(link.attributes, limits),
            **_given({"trace_state": link.trace_state}),
            **_dropped(link),
        }
        for link in span.links
    ]
    return [link for link in links if link["trace_id"] and link["span_id"]] or None


def _hex(identifier: bytes, width: int) -> str | None:
    return identifier.hex() if len(identifier) == width and any(identifier) else None


def _log(record: Any, limits: Limits, arrival: int) -> dict[str, Any]:
    marks = 0
    trace_id = record.trace_id if _hex(record.trace_id, 16) else None
    span_id = record.span_id if _hex(record.span_id, 8) else None
    if (record.trace_id and not trace_id) or (record.span_id and not span_id):
        marks |= Mark.INVALID_TRACE_CONTEXT
    observed = _clamped(record.observed_time_unix_nano)
    if not record.time_unix_nano:
        marks |= Mark.NO_TIME
    time = _clamped(record.time_unix_nano) or observed or arrival
    if _far(time, limits, arrival) or observed == INT64_MAX:
        marks |= Mark.TIME_OUT_OF_RANGE
    if record.body.WhichOneof("value") in ("kvlist_value", "array_value"):
        marks |= Mark.STRUCTURED_BODY
    severity = record.severity_number if 0 <= record.severity_number <= 24 else 0
    return {
        "marks": int(marks),
        "trace_id": trace_id,
        "span_id": span_id,
        "time_unix_nano": time,
        "observed_time_unix_nano": observed,
        "severity_number": severity,
        "severity_text": record.severity_text or None,
        "event_name": record.event_name or None,
        "body": _body(record.body, limits),
        "is_error": log_is_error(severity),
        "attributes": _attributes(record.attributes, limits),
        "dropped_counts": _dropped(record) or None,
        "flags": record.flags,
    }


def _body(body: Any, limits: Limits) -> str | None:
    value = _value(body, limits, 0)
    if body.WhichOneof("value") is None or body.WhichOneof("value") == "string_value":
        return value
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if isinstance(value, str) and body.WhichOneof("value") == "double_value":
        text = json.dumps(value)
    if len(text.encode()) > limits.value_bytes:
        raise Rejected("value_too_long")
    return text


def _point(pair: tuple[Any, Any], limits: Limits, arrival: int) -> dict[str, Any]:
    metric, point = pair
    if point is None:
        raise Rejected("no_data")
    kind = metric.WhichOneof("data")
    data = getattr(metric, kind)
    attributes = _attributes(point.attributes, limits)
    exemplars = [] if kind == "summary" else list(point.exemplars)
    if len(exemplars) > limits.attributes_per_record:
        raise Rejected("too_many_exemplars")
    time, start = _clamped(point.time_unix_nano) or arrival, _clamped(point.start_time_unix_nano)
    marks = 0 if point.time_unix_nano else Mark.NO_TIME
    if _far(time, limits, arrival) or start == INT64_MAX:
        marks |= Mark.TIME_OUT_OF_RANGE
    temporality = getattr(data, "aggregation_temporality", 0)
    return {
        "marks": int(marks),
        "name": metric.name,
        "unit": metric.unit,
        "description": metric.description,
        "type": kind,
        "temporality": temporality if 0 <= temporality <= 2 else 0,
        "is_monotonic": getattr(data, "is_monotonic", False),
        "start_time_unix_nano": start,
        "time_unix_nano": time,
        **_measures(kind, point, limits),
        "exemplars": [_exemplar(exemplar) for exemplar in exemplars] or None,
        "attributes": attributes,
        "flags": point.flags,
    }


def _measures(kind: str, point: Any, limits: Limits) -> dict[str, Any]:
    row = dict.fromkeys(("value", "value_int", "count", "sum", "min", "max", "buckets"))
    if kind in ("gauge", "sum"):
        case = point.WhichOneof("value")
        if case:
            row["value"] = float(getattr(point, case))
        if case == "as_int":
            row["value_int"] = point.as_int
        return row
    counted = {"summary": ("quantile_values",), "histogram": ("bucket_counts",)}.get(kind, ("positive", "negative"))
    if any(_size(getattr(point, name)) > limits.attributes_per_record for name in counted):
        raise Rejected("too_many_buckets")
    row["count"] = min(point.count, INT64_MAX)
    if kind == "summary":
        quantiles = [{"quantile": _double(q.quantile), "value": _double(q.value)} for q in point.quantile_values]
        return row | {"sum": point.sum, "buckets": {"quantiles": quantiles}}
    row |= {name: getattr(point, name) for name in ("sum", "min", "max") if point.HasField(name)}
    if kind == "histogram":
        counts, bounds = list(point.bucket_counts), list(point.explicit_bounds)
        if (counts or bounds) and len(counts) != len(bounds) + 1:
            raise Rejected("bad_histogram")
        return row | {"buckets": {"bounds": [_double(bound) for bound in bounds], "counts": counts}}
    sides = {
        side: {"offset": getattr(point, side).offset, "counts": list(getattr(point, side).bucket_counts)}
        for side in ("positive", "negative")
    }
    return row | {"buckets": {"scale": point.scale, "zero_count": point.zero_count, **sides}}


def _size(buckets: Any) -> int:
    return len(getattr(buckets, "bucket_counts", buckets))


def _exemplar(exemplar: Any) -> dict[str, Any]:
    case = exemplar.WhichOneof("value")
    value = None if case is None else exemplar.as_int if case == "as_int" else _double(exemplar.as_double)
    return {
        "time_unix_nano": _clamped(exemplar.time_unix_nano),
        "value": value,
        "trace_id": _hex(exemplar.trace_id, 16),
        "span_id": _hex(exemplar.span_id, 8),
    }


_ROWS = {"traces": _span, "logs": _log, "metrics": _point}
