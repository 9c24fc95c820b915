"""Durations as Go's time.ParseDuration reads them."""

import re
from decimal import Decimal
from typing import Final

INT64_MAX: Final = 2**63 - 1
NANOS: Final = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,  # U+00B5, micro sign
    "μs": 1_000,  # U+03BC, Greek letter mu
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_TERM: Final = r"(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h)"
PATTERN: Final = rf"^(?:[-+]?(?:0|(?:{_TERM}){{1,8}}))?$"
"""Of a query parameter: nothing at all is allowed there."""
_DURATION: Final = re.compile(PATTERN)
_TERMS: Final = re.compile(r"([0-9.]+)([a-z\u00b5\u03bc]+)")


def duration_nano(text: str) -> int:
    """A duration in nanoseconds, at most what int64 holds. Raises ValueError."""
    if not text or _DURATION.fullmatch(text) is None:
        raise ValueError("a duration is a number and a unit of ns, us, ms, s, m, h, as 1.5s or 200ms")
    nanos = sum(int(Decimal(number) * NANOS[unit]) for number, unit in _TERMS.findall(text))
    return max(-INT64_MAX, min(INT64_MAX, -nanos if text.startswith("-") else nanos))
