"""A document of ours as it is read. What is JSON in the tables stays the bytes that were written."""

from typing import Final

import msgspec

NOTHING: Final = msgspec.Raw(b"null")
MILLI: Final = 1_000_000  # nanoseconds


class Point(msgspec.Struct, frozen=True):
    """What a data point is, but for what the document says elsewhere."""

    name: str = ""
    description: str = ""
    type: str = ""
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
    """The object `correlator`, which only our documents have: what makes them ours."""

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
    code: str = "Unset"
    message: str | None = None


class Resource(msgspec.Struct, frozen=True):
    attributes: msgspec.Raw = NOTHING
    schema_url: str = ""
    dropped_attributes_count: int = 0


class Scope(msgspec.Struct, frozen=True):
    name: str = ""
    version: str = ""
    attributes: msgspec.Raw = NOTHING
    schema_url: str = ""
    dropped_attributes_count: int = 0


class Body(msgspec.Struct, frozen=True):
    text: str | None = None


class Stream(msgspec.Struct, frozen=True):
    type: str


class Source(msgspec.Struct, frozen=True, rename={"timestamp": "@timestamp"}):
    """The fields that tables have."""

    timestamp: str
    data_stream: Stream
    correlator: Own
    trace_id: str | None = None
    span_id: str | None = None
    parent_span_id: str | None = None
    trace_state: str | None = None
    name: str = ""
    kind: str = ""
    duration: int = 0
    attributes: msgspec.Raw = NOTHING
    links: msgspec.Raw = NOTHING
    dropped_attributes_count: int = 0
    dropped_events_count: int = 0
    dropped_links_count: int = 0
    status: Status = Status()
    resource: Resource = Resource()
    scope: Scope = Scope()
    observed_timestamp: str = "0."
    severity_text: str | None = None
    severity_number: int = 0
    event_name: str | None = None
    body: Body = Body()
    start_timestamp: str = "0."
    unit: str = ""

    @property
    def is_event(self) -> bool:
        """Whether it is an event of a span."""
        return self.correlator.event is not None


_decode: Final = msgspec.json.Decoder(Source).decode


def read_source(content: bytes) -> Source | None:
    """The document; None for one of another's making. Raises msgspec.DecodeError for what is no JSON object."""
    try:
        return _decode(content)
    except msgspec.ValidationError:
        return None


def raw_text(raw: msgspec.Raw) -> str | None:
    """The JSON as it was written; None for null."""
    text = bytes(raw).decode()
    return None if text == "null" else text


def object_text(raw: msgspec.Raw) -> str:
    """A JSON object as it was written; one that is empty may be left out."""
    return raw_text(raw) or "{}"


def identifier(text: str | None) -> bytes | None:
    """An id from hex."""
    return None if text is None else bytes.fromhex(text)


def unix_nano(time: str) -> int:
    """Of `milliseconds.nanoseconds`."""
    milliseconds, _, rest = time.partition(".")
    return int(milliseconds) * MILLI + int(rest or 0)
