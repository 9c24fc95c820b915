"""OpenTelemetry's log data model as JSON, one record an object: `{"timestamp", "severity_text", "body", "attributes", …}`.

Takes what the console exporters of the SDKs for Python and Go write, our own telemetry's `otel` format, a bare log record of
OTLP/JSON, and the data model's fields in any of the spellings `TraceId`, `traceId`, `trace_id`. (Requests of OTLP/JSON, as the
Collector's file exporter and the SDK for Java write, are not lines of this format: they need no translation.)
"""

from typing import Any, Final

from correlator import semconv
from correlator.doors.json_logs.entry import Document, Json, LogEntry, object_of, ordered, text_of
from correlator.doors.json_logs.flat_fields import flat_fields
from correlator.doors.json_logs.moments import unix_nano
from correlator.doors.json_logs.severities import checked_number, severity_number
from correlator.doors.json_logs.story_fields import with_story_names
from correlator.doors.json_logs.trace_context import flags_of, span_id_of, trace_id_of

TIMES: Final = ("timestamp", "timeunixnano")
OBSERVED_TIMES: Final = ("observedtimestamp", "observedtimeunixnano")
NUMBERS: Final = ("severitynumber", "severity")
SCOPES: Final = ("scope", "instrumentationscope")
FLAGS: Final = ("traceflags", "flags")
OTHERS: Final = ("severitytext", "body", "traceid", "spanid", "eventname", "resource", "attributes")
FIELDS: Final = frozenset((*TIMES, *OBSERVED_TIMES, *NUMBERS, *SCOPES, *FLAGS, *OTHERS))
"""The data model's fields, in lowercase without underscores."""
TELLING: Final = frozenset({"body", "severitytext", "severitynumber"})
ENOUGH_FIELDS: Final = 3
DROPPED: Final = frozenset({"droppedattributes", "droppedattributescount", "schemaurl", "limits"})
"""Of no use to us."""
OWN_NAMES: Final = {"component": semconv.COMPONENT, "action": semconv.ACTION}
SCALARS: Final = ("stringValue", "boolValue", "doubleValue", "bytesValue")


def is_otel_json(document: Document) -> bool:
    names = {_usual(name) for name in document}
    return len(names & FIELDS) >= ENOUGH_FIELDS and not names.isdisjoint(TELLING)


def read_otel_json(document: Document) -> LogEntry:
    """The record. Raises Unreadable for one with a time that is none."""
    fields = {_usual(name): document[name] for name in sorted(document, reverse=True)}  # the first spelling counts
    level = text_of(fields.get("severitytext"))
    trace_id = trace_id_of(fields.get("traceid"))
    return LogEntry(
        body=_plain(fields.get("body")),
        time_unix_nano=unix_nano(_any_of(fields, TIMES)),
        observed_time_unix_nano=unix_nano(_any_of(fields, OBSERVED_TIMES)),
        severity_number=checked_number(_any_of(fields, NUMBERS)) or severity_number(level),
        severity_text=level,
        event_name=text_of(fields.get("eventname")),
        trace_id=trace_id,
        span_id=span_id_of(fields.get("spanid")) if trace_id else b"",
        flags=flags_of(_any_of(fields, FLAGS)),
        attributes=ordered(with_story_names(_beside(document) | _bag(fields.get("attributes")))),
        resource=ordered(_resource(fields.get("resource"))),
        scope_name=_scope_name(_any_of(fields, SCOPES)),
    )


def _usual(name: str) -> str:
    return name.replace("_", "").lower()


def _any_of(fields: Document, names: tuple[str, ...]) -> Json:
    return next((fields[name] for name in names if name in fields), None)


def _beside(document: Document) -> dict[str, Json]:
    """What a logger put beside the model's fields; what it did not fill is left out, and what `resource` has again."""
    return {
        OWN_NAMES.get(name, name): value
        for name, value in document.items()
        if not (value == "" or name == "system" or _usual(name) in FIELDS or _usual(name) in DROPPED)
    }


def _resource(resource: Json) -> dict[str, Json]:
    """The attributes themselves, or an object with `attributes`; nested names become dotted."""
    inside = object_of(resource)
    attributes = next((inside[name] for name in ("attributes", "Attributes") if name in inside), resource)
    return flat_fields(_bag(attributes))


def _scope_name(scope: Json) -> str:
    inside = object_of(scope)
    return text_of(scope) or text_of(inside.get("name")) or text_of(inside.get("Name"))


def _bag(attributes: Json) -> dict[str, Json]:
    """Attributes by name: an object as it is, or a list of `{"key", "value"}` as OTLP and the SDK for Go write them."""
    if isinstance(attributes, dict):
        return attributes
    pairs = map(object_of, attributes if isinstance(attributes, list) else ())
    named = [(text_of(_either(pair, "key")), _plain(_either(pair, "value"))) for pair in pairs]
    return {name: value for name, value in named if name}


def _either(pair: Document, name: str) -> Json:
    return pair.get(name, pair.get(name.title()))


def _plain(value: Json) -> Json:
    """The value that OTLP/JSON's AnyValue or Go's `{"Type", "Value"}` says; anything else as it is."""
    if not isinstance(value, dict):
        return value
    if value.keys() == {"Type", "Value"}:
        return _of_go(value["Value"])
    if len(value) != 1:
        return value
    ((kind, inner),) = value.items()
    if kind in SCALARS:
        return inner
    if kind == "intValue":
        return _integer(inner)
    items: Any = object_of(inner).get("values", [])
    if kind == "arrayValue" and isinstance(items, list):
        return [_plain(item) for item in items]
    return _bag(items) if kind == "kvlistValue" else value


def _of_go(value: Json) -> Json:
    """A scalar, or a list of values or of pairs."""
    if not isinstance(value, list):
        return value
    if value and all(object_of(item).keys() == {"Key", "Value"} for item in value):
        return _bag(value)
    return [_plain(item) for item in value]


def _integer(value: Json) -> Json:
    """OTLP/JSON writes 64-bit integers as text."""
    is_number = isinstance(value, str) and value.isascii() and value.removeprefix("-").isdigit() and len(value) <= 20
    return int(value) if is_number else value
