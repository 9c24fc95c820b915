"""Refuses a request of more records than are read at once, before an object is made for each.

Two bytes are a span in protobuf, which parsed takes eighty times as much. So a large body is parsed once for each level
from the resources down to the records, with what lies below left as bytes: 16 bytes a record, 0.5 % of what it costs to
decode spans. Metrics ask for a Python object each, 12 % where each has one point; so those are first bounded by a tag.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from google.protobuf.message import Message

from correlator.doors.otlp_decode.lean_protobuf import LAZY_FIELDS, REQUESTS, serialized
from correlator.errors import InvalidInput

LEAST_BYTES: Final = 2  # of a record: its tag and its length
POINT_TAG: Final = 0x0A  # field 1, length-delimited: data_points in each type of metric
PATHS: Final = {
    "traces": ("resource_spans", "scope_spans", "spans"),
    "logs": ("resource_logs", "scope_logs", "log_records"),
    "metrics": ("resource_metrics", "scope_metrics", "metrics"),
}
"""The fields that lead from a request to its records."""
POINTS: Final = "data_points"


@dataclass(frozen=True, slots=True)
class Outline:
    """A request parsed down to the last field of `path`, which is left as bytes."""

    path: tuple[str, ...]
    message: type[Message]

    def count(self, payload: bytes) -> int:
        """How many there are of the last field, in all."""
        return _count(self.message.FromString(payload), self.path)


def refuse_too_many(signal: str, payload: bytes, limit: int) -> None:
    """Raise InvalidInput where there are more than `limit` records, or as many of what holds them; else DecodeError
    where protobuf refuses the payload before it comes to the records."""
    if len(payload) <= LEAST_BYTES * limit:
        return
    for outline in _OUTLINES[signal]:
        if outline.path[-1] == POINTS and _points_at_most(payload) <= limit:
            continue
        count = outline.count(payload)
        if count > limit:
            raise too_many(str(count), outline.path[-1], limit)


def too_many(count: str, name: str, limit: int) -> InvalidInput:
    """The refusal of a request of either encoding."""
    return InvalidInput(f"the request has {count} {name}; limits.records_per_request allows {limit}: split the batch")


def _points_at_most(payload: bytes) -> int:
    """Bytes that may begin a data point: its tag, with the high bit where it is overlong."""
    low_bits = np.frombuffer(payload, dtype=np.uint8) & 0x7F
    return int(np.count_nonzero(low_bits == POINT_TAG))


def _count(message: Any, path: tuple[str, ...]) -> int:
    if path[0] == POINTS:
        kind = message.WhichOneof("data")
        return len(getattr(message, kind).data_points) if kind else 0
    inside = getattr(message, path[0])
    return len(inside) if len(path) == 1 else sum(_count(each, path[1:]) for each in inside)


def _outlines(signal: str) -> list[Outline]:
    path = (*PATHS[signal], POINTS) if signal == "metrics" else PATHS[signal]
    levels = [path[: depth + 1] for depth in range(len(path))]
    return [Outline(level, serialized(REQUESTS[signal], LAZY_FIELDS | {level[-1]})) for level in levels]


_OUTLINES: Final = {signal: _outlines(signal) for signal in REQUESTS}
