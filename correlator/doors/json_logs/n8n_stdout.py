"""n8n's log lines with `N8N_LOG_FORMAT=json`: `{"level", "message", "metadata": {"timestamp", "file", "executionId", …}}`.

Where the fields do not name the execution or the bridge's job, the message may: "Enqueued execution 2623 (job 1)", or the
body of an HTTP error with the bridge's `job_id` in it.
"""

import re
from typing import Final

from correlator import semconv
from correlator.doors.json_logs.entry import Document, LogEntry, Unreadable, object_of, ordered
from correlator.doors.json_logs.moments import unix_nano
from correlator.doors.json_logs.n8n_fields import n8n_attributes, n8n_resource
from correlator.doors.json_logs.severities import severity_number

_EXECUTION: Final = re.compile(r"\bexecution(?: with)?(?: id:?)? \"?(\d{1,20})\b", re.IGNORECASE | re.ASCII)
_JOB: Final = re.compile(r"\bjob_id[\\\"']{0,4} ?[:=] ?[\\\"']{0,4}([A-Za-z0-9][\w.:-]{7,63})", re.ASCII)
"""At least eight characters: shorter ones are counters, that other systems count too."""
_JS_ERROR: Final = re.compile(r"(?:^|\n)([A-Z]\w{2,79}): ([^\n]*)\n {4}at ", re.ASCII)
"""How JavaScript prints an error: its type, its message, then a frame a line."""


def is_n8n_line(document: Document) -> bool:
    metadata = document.get("metadata")
    return (
        isinstance(metadata, dict)
        and "timestamp" in metadata
        and "file" in metadata
        and isinstance(document.get("level"), str)
        and isinstance(document.get("message"), str)
    )


def read_n8n_line(document: Document) -> LogEntry:
    """The line; a stack within its message becomes exception.stacktrace. Raises Unreadable for one without a time."""
    metadata, message, level = object_of(document["metadata"]), document["message"], document["level"]
    if not metadata["timestamp"]:
        raise Unreadable("bad_time", "a line of n8n with an empty metadata.timestamp")
    body, error = _split(message)
    return LogEntry(
        body=body,
        time_unix_nano=unix_nano(metadata["timestamp"]),
        severity_number=severity_number(level),
        severity_text=level.upper(),
        attributes=ordered(_told_by(message) | error | n8n_attributes(metadata) | _outcome(metadata)),
        resource=n8n_resource(semconv.FROM_N8N_STDOUT),
    )


def _split(message: str) -> tuple[str, dict[str, str]]:
    """The message before a JavaScript error, or that error's own; the error's attributes."""
    found = _JS_ERROR.search(message)
    if found is None:
        return message, {}
    error = {
        semconv.EXCEPTION_TYPE: found[1],
        semconv.EXCEPTION_MESSAGE: found[2],
        semconv.EXCEPTION_STACKTRACE: message[found.start(1) :],
    }
    return message[: found.start()].strip() or f"{found[1]}: {found[2]}", error


def _told_by(message: str) -> dict[str, str]:
    execution, job = _EXECUTION.search(message), _JOB.search(message)
    return ({semconv.N8N_EXECUTION_ID: execution[1]} if execution else {}) | ({semconv.JOB_ID: job[1]} if job else {})


def _outcome(metadata: Document) -> dict[str, str]:
    """A worker says of the execution that it finished whether it succeeded."""
    success = metadata.get("success")
    return {semconv.N8N_EXECUTION_STATUS: "success" if success else "error"} if isinstance(success, bool) else {}
