"""Which format a line is in, and what it says."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from correlator import semconv
from correlator.doors.json_logs.ecs import is_ecs, read_ecs
from correlator.doors.json_logs.entry import Document, LogEntry, Unreadable, ordered
from correlator.doors.json_logs.n8n_event_log import is_n8n_event, read_n8n_event
from correlator.doors.json_logs.n8n_stdout import is_n8n_line, read_n8n_line
from correlator.doors.json_logs.otel_json import is_otel_json, read_otel_json

UID_BYTES: Final = 16  # as many as a UUID


@dataclass(frozen=True, slots=True)
class Format:
    """`read` gives None for a line that carries nothing, and raises Unreadable."""

    name: str
    describes: Callable[[Document], bool]
    read: Callable[[Document], LogEntry | None]


FORMATS: Final = (
    Format("n8n_event_log", is_n8n_event, read_n8n_event),
    Format("n8n_stdout", is_n8n_line, read_n8n_line),
    Format("ecs", is_ecs, read_ecs),
    Format("otel_json", is_otel_json, read_otel_json),
)
"""In the order in which they are tried: n8n's tell themselves, and ECS may hold fields of OpenTelemetry's."""


_TELLING_NAME: Final = re.compile(r'"(?:__type|metadata|@timestamp|body|severity_?(?:text|number))"', re.IGNORECASE)
"""One of these fields is in every line of each format: looking for it costs a tenth of parsing the line."""


def may_be_known(text: str) -> bool:
    """False where a JSON object, still unparsed, is certainly in none of FORMATS."""
    return _TELLING_NAME.search(text) is not None


def sniff(document: Document) -> str | None:
    """The name of the format that a JSON object is in, None where it is in none."""
    found = _format_of(document)
    return found.name if found else None


def read_entry(document: Document) -> LogEntry | None:
    """The log record that a JSON object of any of FORMATS says; None where it carries nothing.

    The record has a `log.record.uid`: the sender's own, else a hash of the whole object, so that a line that is read twice is
    one record. Raises Unreadable for an object of no known format, and for what its format does not allow; nothing else,
    whatever the object.
    """
    found = _format_of(document)
    if found is None:
        raise Unreadable("unknown_format", f"is in no known format: {', '.join(each.name for each in FORMATS)}")
    try:
        entry = found.read(document)
        return None if entry is None else _identified(entry, document)
    except RecursionError as error:
        raise Unreadable("nested_too_deep", "nests too deeply to be read") from error


def _format_of(document: Document) -> Format | None:
    return next((each for each in FORMATS if each.describes(document)), None)


def _identified(entry: LogEntry, document: Document) -> LogEntry:
    if semconv.LOG_RECORD_UID in entry.attributes:
        return entry
    uid = {semconv.LOG_RECORD_UID: hashlib.blake2b(_canonical(document), digest_size=UID_BYTES).hexdigest()}
    return replace(entry, attributes=ordered(entry.attributes | uid))


def _canonical(document: Document) -> bytes:
    try:
        return msgspec.json.encode(document, order="deterministic")
    except OverflowError:  # an integer of more than 64 bits
        return json.dumps(document, sort_keys=True).encode()
