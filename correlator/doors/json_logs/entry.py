"""What one line says, before any encoding; and why a line says nothing that can be kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Any
"""str, int, float, bool, None, or lists and dicts of them."""
Document = Mapping[str, Json]
"""A JSON object, as a line holds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """A log record of OpenTelemetry's data model. Times are unix nanoseconds, 0 where not given; ids empty where not given.

    `attributes` and `resource` are ordered by name, and hold no None.
    """

    body: Json = None
    time_unix_nano: int = 0
    observed_time_unix_nano: int = 0
    severity_number: int = 0
    severity_text: str = ""
    event_name: str = ""
    trace_id: bytes = b""
    span_id: bytes = b""
    flags: int = 0
    attributes: dict[str, Json] = field(default_factory=dict)
    resource: dict[str, Json] = field(default_factory=dict)
    scope_name: str = ""


class Unreadable(Exception):
    """A line that is not kept. `reason` is one of a few words, the message tells of this line. Stays within the doors."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


def text_of(value: Json) -> str:
    """`value` where it is a text, an integer in digits; else the empty string."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def object_of(value: Json) -> dict[str, Json]:
    """`value` where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def ordered(fields: Document) -> dict[str, Json]:
    """By name, without those that are null."""
    return {name: fields[name] for name in sorted(fields) if fields[name] is not None}
