"""A document as it is read: ours, or one that the Collector wrote. What is JSON in the tables stays the bytes that were written."""

import re
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import msgspec

NOTHING: Final = msgspec.Raw(b"null")
MILLI: Final = 1_000_000  # nanoseconds
SECOND: Final = 1_000_000_000
INT64_MAX: Final = 2**63 - 1
_FRACTION: Final = re.compile(r"\.(\d+)")


class Point(msgspec.Struct, frozen=True):
    """What a data point is, but for what the document says elsewhere."""

    name: str = ""
    description: str = ""
    type: str = "gauge"
    is_monotonic: bool = False
    temporality: int = 0
    value: float | str | None = None
    value_int: int | None = None
    count: int | None = None
    sum: float | str | None = None
    min: float | str | None = None
    max: float | str | None = None
    buckets: msgspec.Raw = NOTHING
    exemplars: msgspec.Raw = NOTHING


class Own(msgspec.Struct, frozen=True):
    """The object `correlator`, which only our documents have."""

    row: int
    arrival: int
    system: str
    service: str
    marks: int = 0
    flags: int = 0
    is_error: bool = False
    events: msgspec.Raw = NOTHING
    event: int | None = None  # of a span event: which one of its span
    point: Point = Point()


class Status(msgspec.Struct, frozen=True):
    code: str | None = None
    message: str | None = None


class Resource(msgspec.Struct, frozen=True):
    attributes: msgspec.Raw = NOTHING


class Scope(msgspec.Struct, frozen=True):
    name: str | None = None


class Body(msgspec.Struct, frozen=True):
    text: Any = None
    structured: msgspec.Raw = NOTHING


class Stream(msgspec.Struct, frozen=True):
    type: str = ""


class Source(msgspec.Struct, frozen=True, rename={"timestamp": "@timestamp"}):
    """The fields that tables have. Each is optional: of a field that has another type than here, nothing is read."""

    timestamp: str | int | float | None = None
    data_stream: Stream = Stream()
    trace_id: str | None = None
    span_id: str | None = None
    parent_span_id: str | None = None
    trace_state: str | None = None
    name: str = ""
    kind: str = ""
    duration: int | float = 0
    attributes: msgspec.Raw = NOTHING
    links: msgspec.Raw = NOTHING
    status: Status = Status()
    resource: Resource = Resource()
    scope: Scope = Scope()
    observed_timestamp: str | int | float | None = None
    severity_text: str | None = None
    severity_number: int = 0
    event_name: str | None = None
    body: Body = Body()
    start_timestamp: str | int | float | None = None
    unit: str = ""
    metrics: msgspec.Raw = NOTHING
    correlator: Own | None = None


_decode: Final = msgspec.json.Decoder(Source).decode
_FIELDS: Final = {field.encode_name: field for field in msgspec.structs.fields(Source)}
_Any = TypeVar("_Any")


def read_source(content: bytes) -> Source:
    """The document. Raises msgspec.DecodeError for what is no JSON object."""
    try:
        return _decode(content)
    except msgspec.ValidationError:
        given = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
        fit = {_FIELDS[name].name: _fitting(raw, _FIELDS[name].type) for name, raw in given.items() if name in _FIELDS}
        return Source(**{name: value for name, value in fit.items() if value is not None})


def _fitting(raw: msgspec.Raw, kind: type[_Any]) -> _Any | None:
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError:
        return None


def raw_text(raw: msgspec.Raw) -> str | None:
    """The JSON as it was written; None for null."""
    text = bytes(raw).decode()
    return None if text == "null" else text


def object_text(raw: msgspec.Raw) -> str:
    """A JSON object as it was written; an empty one for anything else."""
    text = bytes(raw).decode()
    return text if text.startswith("{") else "{}"


def identifier(text: str | None, width: int) -> bytes | None:
    """An id of `width` bytes from hex; None for what is none."""
    try:
        found = bytes.fromhex(text or "")
    except ValueError:
        return None
    return found if len(found) == width and any(found) else None


def unix_nano(time: str | int | float | None) -> int:
    """Of `milliseconds[.fraction]`, as text or number, or of RFC 3339; 0 for what is neither. Within int64, not negative."""
    if isinstance(time, str):
        return _within(_of_text(time))
    return _within(int((time or 0) * MILLI))


def _of_text(time: str) -> int:
    milliseconds, _, fraction = time.partition(".")
    if milliseconds.isdecimal() and (fraction.isdecimal() or not fraction):
        return int(milliseconds) * MILLI + int(fraction[:6].ljust(6, "0"))
    fraction_of_second = _FRACTION.search(time)
    nanos = int(fraction_of_second[1][:9].ljust(9, "0")) if fraction_of_second else 0
    try:
        whole = datetime.fromisoformat(_FRACTION.sub("", time, count=1))
    except ValueError:
        return 0
    return int((whole if whole.tzinfo else whole.replace(tzinfo=UTC)).timestamp()) * SECOND + nanos


def _within(time_unix_nano: int) -> int:
    return min(max(time_unix_nano, 0), INT64_MAX)
