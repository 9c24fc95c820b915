"""Messages that are recorded as one request."""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

_REPEATED_FIELD_1: Final = 0x0A
"""The tag of all that an OTLP request holds: resource_spans, resource_logs, resource_metrics."""
_VARINT_BITS: Final = 63
_ORIGIN: Final = re.compile(r"kafka:([^/]+)/([^/]+)/([0-9]+)/[0-9]+-([0-9]+)/[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Source:
    """A partition as origins name it, and the signal of its topic."""

    group: str
    topic: str
    partition: int
    signal: str


Place = tuple[str, int]
"""A topic and the number of a partition."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a partition: an OTLP request."""

    offset: int
    payload: bytes


@dataclass(slots=True)
class Batch:
    """The messages with offsets in [start, end): those that there are, in order.

    `is_done` once nothing of it is left to do. `is_given_up` once its partition is another engine's.
    """

    source: Source
    start: int
    end: int
    messages: Sequence[Message]
    is_done: bool = field(init=False)
    is_given_up: bool = False
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.is_done = not self.messages
        self.size = sum(len(message.payload) for message in self.messages)

    @property
    def payload(self) -> bytes:
        """One request with the records of all: a message's repeated fields add up where its bytes are put together."""
        return b"".join(message.payload for message in self.messages)

    @property
    def is_one_request(self) -> bool:
        """Whether its messages may be recorded as one."""
        return len(self.messages) < 2 or all(can_be_joined(message.payload) for message in self.messages)

    @property
    def encoding(self) -> str:
        return encoding_of(self.messages[0].payload) if self.messages else "protobuf"

    def origin(self, payload: bytes) -> str:
        """Where `payload` can be fetched again. Its checksum is part of it: a topic that was made anew has the same offsets."""
        source = self.source
        place = f"{source.topic}/{source.partition}/{self.start}-{self.end}"
        return f"kafka:{source.group}/{place}/{zlib.crc32(payload):08x}"

    def alone(self) -> "list[Batch]":
        """Each message as a batch of its own."""
        return [Batch(self.source, each.offset, each.offset + 1, (each,)) for each in self.messages]


@dataclass(frozen=True, slots=True)
class Origin:
    """What an origin says: of which partition, and the offset behind its messages."""

    group: str
    place: Place
    end: int


def read_origin(origin: str) -> Origin | None:
    """None for one that is of no batch of messages."""
    match = _ORIGIN.fullmatch(origin)
    return Origin(match[1], (match[2], int(match[3])), int(match[4])) if match else None


def encoding_of(payload: bytes) -> str:
    """json or protobuf, which never begins with a brace: that would be the start of a group, and OTLP has none."""
    return "json" if payload.startswith(b"{") else "protobuf"


def can_be_joined(payload: bytes) -> bool:
    """Whether the bytes are whole fields of an OTLP request: then those of another behind them mean what they mean alone."""
    position, end = 0, len(payload)
    while position < end:
        if payload[position] != _REPEATED_FIELD_1:
            return False
        position = _behind_field(payload, position + 1)
    return position == end


def _behind_field(payload: bytes, position: int) -> int:
    """The position behind a length-delimited field whose length starts at `position`; beyond the end where it is cut."""
    length = 0
    for index, bits in enumerate(range(0, _VARINT_BITS, 7)):
        if position + index >= len(payload):
            break
        octet = payload[position + index]
        length |= (octet & 0x7F) << bits
        if octet < 0x80:
            return position + index + 1 + length
    return len(payload) + 1
