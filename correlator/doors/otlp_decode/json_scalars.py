"""Scalars of OTLP/JSON that are not written as JSON has them: hex ids, base64, 64-bit integers, named enumerations.

`read_scalar` is msgspec's hook: a ValueError becomes a refusal that names the JSON path, so no message shows the value.
"""

import base64
import binascii
from collections.abc import Callable
from typing import Annotated, Any, Final

from msgspec import Meta
from opentelemetry.proto.logs.v1.logs_pb2 import SeverityNumber
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

Int32 = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
Int64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
UInt32 = Annotated[int, Meta(ge=0, le=2**32 - 1)]

UINT64_MAX: Final = 2**64 - 1
LONGEST_UINT64: Final = 20  # decimal digits
UNREADABLE_ID: Final = b"?"
"""Stands for an id that is not hex: like one of a wrong length, it costs its record, not the request."""


class UInt64(int):
    """A number, or a string of digits."""


class Identifier(bytes):
    """Hex digits of either case."""


class Base64(bytes):
    """Standard or URL-safe alphabet, with or without padding."""


class Kind(int):
    """Span.SpanKind, by number or name."""


class StatusCode(int):
    """Status.StatusCode, by number or name."""


class Severity(int):
    """SeverityNumber, by number or name."""


class Temporality(int):
    """AggregationTemporality, by number or name."""


ENUMERATIONS: Final[dict[type[int], dict[str, int]]] = {
    Kind: dict(Span.SpanKind.items()),
    StatusCode: dict(Status.StatusCode.items()),
    Severity: dict(SeverityNumber.items()),
    Temporality: dict(AggregationTemporality.items()),
}


def read_scalar(kind: type, value: Any) -> Any:
    """`value`, as JSON has it, as a `kind`. Raises ValueError."""
    if kind in ENUMERATIONS:
        return kind(_enumeration(ENUMERATIONS[kind], value))
    return kind(_READERS[kind](value))


def _enumeration(numbers: dict[str, int], value: Any) -> int:
    """A name that is not known is unspecified, as where protobuf's mapping ignores what is unknown."""
    if isinstance(value, str) and not value.isdigit():
        return numbers.get(value, 0)
    return _integer(value)


def _integer(value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= LONGEST_UINT64:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= UINT64_MAX:
        raise ValueError("Expected an unsigned integer of 64 bits, or a string of its digits")
    return value


def _identifier(value: Any) -> bytes:
    if not isinstance(value, str):
        raise ValueError("Expected an id as a string of hex digits")
    try:
        return binascii.unhexlify(value)
    except ValueError:
        return UNREADABLE_ID


def _base64(value: Any) -> bytes:
    if isinstance(value, str) and value.isascii():
        standard = value.translate(str.maketrans("-_", "+/")).rstrip("=")
        try:
            return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
        except binascii.Error:
            pass
    raise ValueError("Expected a string of base64")


_READERS: Final[dict[type, Callable[[Any], Any]]] = {UInt64: _integer, Identifier: _identifier, Base64: _base64}
