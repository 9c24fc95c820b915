"""Trace and span ids: 16 and 8 bytes, not all zero (W3C Trace Context)."""

from typing import Final

TRACE_ID_BYTES: Final = 16
SPAN_ID_BYTES: Final = 8
NO_TRACE_ID: Final = bytes(TRACE_ID_BYTES)
NO_SPAN_ID: Final = bytes(SPAN_ID_BYTES)


def is_identifier(identifier: bytes, width: int) -> bool:
    """Whether it has `width` bytes, not all zero."""
    return len(identifier) == width and any(identifier)
