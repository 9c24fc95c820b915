"""Log records whose body is a line of JSON that doors.json_logs reads: they become what the line says.

That is what a Collector's file_log receiver forwards of a file: the line as the body, no severity, no trace. What the sender
did set wins over what the line says.
"""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import msgspec

from correlator.doors.json_logs import LogEntry, Unreadable, may_be_known, read_entry
from correlator.doors.otlp_decode.attribute_texts import AttributeTexts
from correlator.doors.otlp_decode.rejections import Unfit
from correlator.doors.otlp_decode.value_texts import ValueTexts, quote
from correlator.doors.otlp_values import any_value

OPENING: Final = "{"


class Told(NamedTuple):
    """Who wrote a line, as it says itself: resource attributes as a JSON object, and the logger."""

    resource_attributes: str
    scope_name: str


@dataclass(frozen=True, slots=True)
class JsonBody:
    """A line's record with its texts written; `attributes` is a JSON object with the sender's own."""

    entry: LogEntry
    body: str | None
    attributes: str
    told: Told


def is_bare(record: Any) -> bool:
    """Whether a record has neither trace nor severity of its own: someone has read the line already where it has."""
    return not (record.trace_id or record.severity_number or record.severity_text)


def read_json_body(line: str, attributes: dict[str, str], texts: AttributeTexts) -> JsonBody | None:
    """What `line`, the body of a record with these attributes, says; None where it is no line of a known format, carries
    nothing, or says more than a record may: then the record stays as it came. `attributes` is name to `"name":value`.
    """
    if not may_be_known(line):
        return None
    try:
        entry = read_entry(msgspec.json.decode(line, type=dict[str, Any]))
        return None if entry is None else _written(entry, attributes, texts)
    except (msgspec.MsgspecError, RecursionError, Unreadable, Unfit):
        return None


def _written(entry: LogEntry, given: dict[str, str], texts: AttributeTexts) -> JsonBody:
    fields = _fields(entry.attributes, texts.values) | given
    if len(fields) > texts.limit or len(entry.resource) > texts.limit:
        raise Unfit("too_many_attributes", "more than a record may have")
    return JsonBody(
        entry,
        entry.body if entry.body is None or isinstance(entry.body, str) else _value(entry.body, texts.values),
        object_text(fields),
        Told(object_text(_fields(entry.resource, texts.values)), entry.scope_name),
    )


def _fields(values: dict[str, Any], texts: ValueTexts) -> dict[str, str]:
    return {name: f"{quote(name)}:{_value(value, texts)}" for name, value in values.items()}


def _value(value: Any, texts: ValueTexts) -> str:
    return quote(texts.bounded(value)) if isinstance(value, str) else texts.text(any_value(value))


def object_text(fields: dict[str, str]) -> str:
    """A JSON object of fields that are written already."""
    return f"{{{','.join(fields.values())}}}"


def merged(told: str, given: str) -> str:
    """Two JSON objects as one; where both have a name, the value of `given`."""
    values = _values(told) | _values(given)
    return object_text({name: f"{quote(name)}:{bytes(value).decode()}" for name, value in values.items()})


def _values(written: str) -> dict[str, msgspec.Raw]:
    return msgspec.json.decode(written, type=dict[str, msgspec.Raw])
