"""Elastic Common Schema: what Elastic's ecs-logging libraries, Beats and our own telemetry write; dotted, nested, or both.

Sources: ecs-logging's spec.json; the ECS mapping in appendix A of OpenTelemetry's logs data model; Elastic's table of how
ECS and OpenTelemetry's semantic conventions align.
"""

from collections.abc import Iterable
from typing import Final

from correlator import semconv
from correlator.doors.json_logs.entry import Document, Json, LogEntry, Unreadable, ordered, text_of
from correlator.doors.json_logs.flat_fields import flat_fields
from correlator.doors.json_logs.moments import unix_nano
from correlator.doors.json_logs.severities import severity_number
from correlator.doors.json_logs.story_fields import with_story_names
from correlator.doors.json_logs.trace_context import span_id_of, trace_id_of

MARKS: Final = ("message", semconv.ECS_VERSION, "ecs", semconv.ECS_LOG_LEVEL, "log", "error", semconv.ECS_ERROR_MESSAGE)
"""Beside @timestamp, one of them makes a line ECS."""
RESOURCE_SETS: Final = ("service.", "host.", "cloud.", "container.", "agent.")
RESOURCE_NAMES: Final = {
    "service.node.name": "service.instance.id",
    "service.environment": "deployment.environment.name",
    "system": semconv.SYSTEM,  # our own telemetry's
}
"""ECS to OpenTelemetry's names of what describes the sender, where they differ."""
ATTRIBUTE_NAMES: Final = {
    semconv.ECS_ERROR_TYPE: semconv.EXCEPTION_TYPE,
    semconv.ECS_ERROR_MESSAGE: semconv.EXCEPTION_MESSAGE,
    semconv.ECS_ERROR_STACK_TRACE: semconv.EXCEPTION_STACKTRACE,
    "log.origin.file.name": "code.file.path",
    "log.origin.file.line": "code.line.number",
    "log.origin.function": "code.function.name",
    "process.thread.name": "thread.name",
    "process.thread.id": "thread.id",
    "component": semconv.COMPONENT,  # our own telemetry's, this and the next
    "action": semconv.ACTION,
}
SYSTEMS: Final = ("n8n", "bridge", "worker", "other")  # a tuple: what a stranger calls `system` may be anything
LABELS: Final = "labels."
SAID_ELSEWHERE: Final = (
    semconv.ECS_TIMESTAMP, "message", semconv.ECS_LOG_LEVEL, semconv.ECS_VERSION, "log.logger", "log.original",
)  # fmt: skip
TRACE_IDS: Final = (semconv.ECS_TRACE_ID, "trace_id")
SPAN_IDS: Final = (semconv.ECS_SPAN_ID, "span_id", "transaction.id")
"""An Elastic agent's transaction is the span that a service was called with; its libraries may log no other span."""


def is_ecs(document: Document) -> bool:
    return semconv.ECS_TIMESTAMP in document and any(mark in document for mark in MARKS)


def read_ecs(document: Document) -> LogEntry:
    """The line. Raises Unreadable for one whose @timestamp is no time."""
    fields = flat_fields(document)
    if not fields.get(semconv.ECS_TIMESTAMP):
        raise Unreadable("bad_time", "a line of ECS with an empty @timestamp")
    level = text_of(fields.get(semconv.ECS_LOG_LEVEL)) or text_of(fields.get("level"))
    trace_id = _first(trace_id_of(fields.get(name)) for name in TRACE_IDS)
    return LogEntry(
        body=_body(fields),
        time_unix_nano=unix_nano(fields[semconv.ECS_TIMESTAMP]),
        severity_number=severity_number(level),
        severity_text=level.strip().upper(),
        trace_id=trace_id,
        span_id=_first(span_id_of(fields.get(name)) for name in SPAN_IDS) if trace_id else b"",
        attributes=ordered(_attributes(fields)),
        resource=ordered(_resource(fields)),
        scope_name=text_of(fields.get("log.logger")),
    )


def _body(fields: Document) -> Json:
    """The message, or the error's where there is none."""
    message = fields.get("message")
    return fields.get(semconv.ECS_ERROR_MESSAGE) if message is None else message


def _resource(fields: Document) -> dict[str, Json]:
    return {RESOURCE_NAMES.get(name, name): value for name, value in fields.items() if _describes_sender(name, value)}


def _describes_sender(name: str, value: Json) -> bool:
    return name.startswith(RESOURCE_SETS) or (name == "system" and value in SYSTEMS)


def _attributes(fields: Document) -> dict[str, Json]:
    """All else, labels under their own names where these are free."""
    attributes: dict[str, Json] = {}
    labels: dict[str, Json] = {}
    for name, value in fields.items():
        if name.startswith(LABELS):
            labels[name.removeprefix(LABELS)] = value
        elif not (name in SAID_ELSEWHERE or _describes_sender(name, value) or _is_told_as_id(name, value)):
            attributes.setdefault(ATTRIBUTE_NAMES.get(name, name), value)
    return with_story_names(labels | attributes)


def _is_told_as_id(name: str, value: Json) -> bool:
    """Whether a field is empty, or an id that the record has in a field of its own; an unusual one stays an attribute."""
    if name in TRACE_IDS:
        return value == "" or bool(trace_id_of(value))
    return name in SPAN_IDS and (value == "" or bool(span_id_of(value)))


def _first(identifiers: Iterable[bytes]) -> bytes:
    return next(filter(None, identifiers), b"")
