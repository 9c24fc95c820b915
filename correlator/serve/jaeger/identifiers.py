"""Trace ids as Jaeger writes and reads them: 64-bit ones, of old tracers, without their padding."""

import re
from typing import Final

from correlator.errors import InvalidInput

PATTERN: Final = "^[0-9a-fA-F]{1,32}$"
_TRACE_ID: Final = re.compile(PATTERN)
_PADDING: Final = "0" * 16


def shown_trace_id(trace_id: str) -> str:
    """32 hex digits, or the last 16 where the others are zero."""
    return trace_id.removeprefix(_PADDING)


def read_trace_id(text: str) -> bytes:
    """The 16 bytes of 1 to 32 hex digits of either case, padded on the left. Raises InvalidInput."""
    if _TRACE_ID.fullmatch(text) is None:
        raise InvalidInput(f"trace id {text[:64]!r} is not 1 to 32 hex digits")
    return bytes.fromhex(text.zfill(32))
