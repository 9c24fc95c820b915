"""n8n's event log, `n8nEventLog.log`: one event a line, `{"__type": "$$EventMessage…", "id", "ts", "eventName", "payload"}`.

A line `$$EventMessageConfirm` says only that an event went out; it carries nothing.
"""

from typing import Final

from correlator import semconv
from correlator.doors.json_logs.entry import Document, LogEntry, Unreadable, object_of, ordered, text_of
from correlator.doors.json_logs.moments import unix_nano
from correlator.doors.json_logs.n8n_fields import n8n_attributes, n8n_resource

EVENT: Final = "$$EventMessage"
CONFIRM: Final = "$$EventMessageConfirm"
INFO: Final = "INFO", 9
WARN: Final = "WARN", semconv.SEVERITY_WARN
ERROR: Final = "ERROR", semconv.SEVERITY_ERROR
STATUSES: Final = {
    "n8n.workflow.started": "running",
    "n8n.workflow.success": "success",
    "n8n.workflow.failed": "error",
    "n8n.workflow.crashed": "crashed",
    "n8n.workflow.cancelled": "canceled",
}
"""Event to what n8n's spans and REST call the execution's status."""
FAILURES: Final = frozenset({"n8n.workflow.failed", "n8n.workflow.crashed", "n8n.queue.job.failed"})
WARNINGS: Final = frozenset({"n8n.execution.throttled", "n8n.queue.job.stalled"})


def is_n8n_event(document: Document) -> bool:
    return text_of(document.get("__type")).startswith(EVENT)


def read_n8n_event(document: Document) -> LogEntry | None:
    """The event; None for a confirmation. The body is the error's text where one is told, else the event's name.

    Raises Unreadable for an event without a time or a name.
    """
    if document.get("__type") == CONFIRM:
        return None
    name, payload = text_of(document.get("eventName")), object_of(document.get("payload"))
    if not name:
        raise Unreadable("bad_event", "an event of n8n without eventName")
    if not document.get("ts"):
        raise Unreadable("bad_time", f"the event {name[:80]} of n8n has no ts")
    severity_text, severity_number = _severity(name)
    return LogEntry(
        body=text_of(payload.get("errorMessage")) or text_of(document.get("message")) or name,
        time_unix_nano=unix_nano(document["ts"]),
        severity_number=severity_number,
        severity_text=severity_text,
        event_name=name,
        attributes=ordered(n8n_attributes(payload) | _outcome(name) | _uid(document)),
        resource=n8n_resource(semconv.FROM_N8N_EVENT_LOG),
    )


def _severity(event_name: str) -> tuple[str, int]:
    """A cancelled execution is no failure of the system; an audit's failure (a login) is none of an execution."""
    if event_name in FAILURES:
        return ERROR
    return WARN if event_name in WARNINGS or event_name.endswith((".failed", ".error")) else INFO


def _outcome(event_name: str) -> dict[str, str]:
    return {semconv.N8N_EXECUTION_STATUS: STATUSES[event_name]} if event_name in STATUSES else {}


def _uid(document: Document) -> dict[str, str]:
    identifier = text_of(document.get("id"))
    return {semconv.LOG_RECORD_UID: identifier} if identifier else {}
