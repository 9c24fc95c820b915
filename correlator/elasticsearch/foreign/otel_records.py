"""Documents in OTel mode as messages of OTLP/JSON.

Written by the Collector's Elasticsearch exporter (0.156, internal/serializer/otelserializer), and in its likeness by ours. A
span's events are documents of their own, beside log records; only a log record has an observed time. What the Collector does
not write cannot come back: flags, and that an attribute was bytes.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from correlator.elasticsearch.foreign.otel_values import Json, any_value, key_values, unix_nano

Document = Mapping[str, Json]
Message = dict[str, Any]
OBSERVED: Final = "observed_timestamp"
EVENT_NAME: Final = "event.name"
UINT32: Final = 2**32
UINT64: Final = 2**64
KINDS: Final = ("Unspecified", "Internal", "Server", "Client", "Producer", "Consumer")
STATUSES: Final = ("Unset", "Ok", "Error")
"""As the Collector's pdata spells OTLP's enumerations, in their order."""


def is_span(document: Document) -> bool:
    return "duration" in document and "span_id" in document


def is_span_event(document: Document) -> bool:
    return "span_id" in document and "duration" not in document and OBSERVED not in document


def span_of(document: Document, events: Iterable[Document] = ()) -> Message:
    """A span with its events, by time. One whose duration is below zero, which the Collector writes as uint64, too."""
    start = unix_nano(document.get("@timestamp"))
    status = _object(document.get("status"))
    return {
        "traceId": _text(document.get("trace_id")),
        "spanId": _text(document["span_id"]),
        "parentSpanId": _text(document.get("parent_span_id")),
        "traceState": _text(document.get("trace_state")),
        "name": _text(document.get("name")),
        "kind": _number(KINDS, document.get("kind")),
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str((start + _integer(document["duration"])) % UINT64),
        "attributes": _attributes(document),
        "events": sorted(map(_event, events), key=_by_time),
        "links": [_link(link) for link in _list(document.get("links")) if isinstance(link, dict)],
        **_dropped(document, "attributes", "events", "links"),
        "status": {"code": _number(STATUSES, status.get("code")), "message": _text(status.get("message"))},
    }


def log_record_of(document: Document) -> Message:
    """A log record. One whose event name the Collector took from its attribute keeps it there alone."""
    attributes = _object(document.get("attributes"))
    message: Message = {
        "timeUnixNano": str(unix_nano(document.get("@timestamp"))),
        "observedTimeUnixNano": str(unix_nano(document.get(OBSERVED))),
        "severityNumber": _integer(document.get("severity_number")),
        "severityText": _text(document.get("severity_text")),
        "eventName": "" if EVENT_NAME in attributes else _text(document.get("event_name")),
        "traceId": _text(document.get("trace_id")),
        "spanId": _text(document.get("span_id")),
        "attributes": key_values(attributes),
        **_dropped(document, "attributes"),
    }
    body = _object(document.get("body"))
    return message | ({"body": any_value(_body(body))} if body else {})


def resource_of(document: Document) -> Message:
    resource = _object(document.get("resource"))
    return {"attributes": _attributes(resource), **_dropped(resource, "attributes")}


def scope_of(document: Document) -> Message:
    scope = _object(document.get("scope"))
    return {
        "name": _text(scope.get("name")),
        "version": _text(scope.get("version")),
        "attributes": _attributes(scope),
        **_dropped(scope, "attributes"),
    }


def schema_url_of(document: Document, part: str) -> str:
    """Of its `resource` or `scope`: OTLP has it beside them."""
    return _text(_object(document.get(part)).get("schema_url"))


def _event(document: Document) -> Message:
    """An event. Its name is an attribute too, of the Collector's making."""
    attributes = dict(_object(document.get("attributes")))
    attributes.pop(EVENT_NAME, None)
    return {
        "timeUnixNano": str(unix_nano(document.get("@timestamp"))),
        "name": _text(document.get("event_name")),
        "attributes": key_values(attributes),
        **_dropped(document, "attributes"),
    }


def _link(link: Document) -> Message:
    names = {"trace_id": "traceId", "span_id": "spanId", "trace_state": "traceState"}
    ids = {to: _text(link.get(name)) for name, to in names.items()}
    return {**ids, "attributes": _attributes(link), **_dropped(link, "attributes")}


def _body(body: Document) -> Json:
    """A list of what are no objects was wrapped in an object with the one key `value`."""
    structured = body.get("structured")
    if structured is None:
        return body.get("text")
    is_wrapped = (
        isinstance(structured, dict) and structured.keys() == {"value"} and isinstance(structured["value"], list)
    )
    return structured["value"] if is_wrapped else structured


def _attributes(document: Document) -> list[Message]:
    return key_values(_object(document.get("attributes")))


def _dropped(document: Document, *parts: str) -> Message:
    """How many attributes, events, links are missing; none where it is no count that OTLP could hold."""
    counts = {f"dropped{part.title()}Count": _integer(document.get(f"dropped_{part}_count")) for part in parts}
    return {name: count for name, count in counts.items() if 0 < count < UINT32}


def _number(names: tuple[str, ...], name: Json) -> int:
    return names.index(name) if name in names else 0


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _integer(value: Json) -> int:
    return int(value) if isinstance(value, int) else 0


def _object(value: Json) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Any]:
    return value if isinstance(value, list) else []


def _by_time(event: Message) -> tuple[int, str]:
    return int(event["timeUnixNano"]), event["name"]
