"""Trace and span ids as loggers write them: hex, of either case, with or without 0x."""

import binascii
from typing import Any, Final

TRACE_ID_BYTES: Final = 16
SPAN_ID_BYTES: Final = 8
SAMPLED: Final = 0xFF  # the bits of W3C's trace flags


def trace_id_of(value: Any) -> bytes:
    """16 bytes, not all zero; empty for anything else."""
    return _identifier(value, TRACE_ID_BYTES)


def span_id_of(value: Any) -> bytes:
    """8 bytes, not all zero; empty for anything else."""
    return _identifier(value, SPAN_ID_BYTES)


def flags_of(value: Any) -> int:
    """W3C's trace flags, a number or two hex digits; 0 for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value & SAMPLED if value >= 0 else 0
    try:
        return binascii.unhexlify(value)[0] if isinstance(value, str) and len(value) == 2 else 0
    except ValueError:
        return 0


def _identifier(value: Any, width: int) -> bytes:
    if not isinstance(value, str):
        return b""
    digits = value[2:] if value[:2] in ("0x", "0X") else value
    if len(digits) != 2 * width:
        return b""
    try:
        identifier = binascii.unhexlify(digits)
    except ValueError:
        return b""
    return identifier if any(identifier) else b""
