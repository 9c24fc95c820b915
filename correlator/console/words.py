"""Numbers, times and words from outside, as people read them."""

import re
from datetime import UTC, datetime
from typing import Final

from rich.text import Text

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")


def plain(text: str, style: str = "") -> Text:
    """Text from outside: control characters and direction overrides become one space."""
    return Text(_CONTROL.sub(" ", text), style)


def duration(nanos: int) -> str:
    """A duration in the unit that reads best."""
    for unit, size in (("s", 10**9), ("ms", 10**6), ("µs", 10**3)):
        if nanos >= size:
            return f"{nanos / size:.3g} {unit}" if nanos < 1000 * size else f"{nanos / size:.0f} {unit}"
    return f"{nanos} ns"


def counted(number: int, noun: str) -> str:
    """`1 span`, `2 spans`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def utc(unix_nano: int) -> str:
    """A time to the second, as people read it."""
    return datetime.fromtimestamp(unix_nano // 10**9, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def tier(service_name: str, system: str) -> str:
    """The tier in brackets, where the service's name does not say it already."""
    return "" if service_name == system else f" ({system})"


def one_line(text: Text) -> Text:
    """The same, cut with an ellipsis where there is no room for all of it."""
    text.no_wrap = True
    text.overflow = "ellipsis"
    return text
