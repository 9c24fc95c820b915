"""Numbers and times as people read them in a report. What is not known is a dash, never a zero."""

import math
import re
from datetime import UTC, datetime
from typing import Final

UNKNOWN: Final = "–"  # noqa: RUF001

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")


def one_line(text: str) -> str:
    """Words from outside, without line ends and what steers a terminal or a reader's eyes."""
    return _CONTROL.sub(" ", text)


def attained(ratio: float | None) -> str:
    """Three decimals, cut and not rounded: 99.9996% is not 100%, and what just missed its target is not shown as having met it."""
    if ratio is None:
        return UNKNOWN
    cut = math.floor(ratio * 1e5 + 1e-6) / 1e3  # 0.999 * 1e5 is a hair below 99,900 in floating point
    return f"{cut:.3f}%"


def target(ratio: float) -> str:
    """As it was written: 99.9%."""
    return f"{round(ratio * 100, 10):.10g}%"


def share(ratio: float | None) -> str:
    """One decimal; less than that, but something, is said so."""
    if ratio is None:
        return UNKNOWN
    if 0 < abs(ratio) < 0.0005:
        return "<0.1%" if ratio > 0 else ">-0.1%"
    return f"{ratio:.1%}"


def error_ratio(ratio: float | None) -> str:
    """Three digits that matter."""
    return UNKNOWN if ratio is None else f"{_three_digits(ratio * 100)}%"


def rate(burn_rate: float | None) -> str:
    """Times the budget's pace, three digits that matter."""
    return UNKNOWN if burn_rate is None else f"{_three_digits(burn_rate)}x"


def _three_digits(number: float) -> str:
    """Without an exponent."""
    if number >= 100:
        return f"{number:,.0f}"
    decimals = 2 if number == 0 else 2 - math.floor(math.log10(number))
    text = f"{number:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def counted(number: float) -> str:
    """Whole where it is whole; parts of events have one decimal."""
    return f"{number:,.0f}" if abs(number - round(number)) < 0.05 else f"{number:,.1f}"


def lasted(seconds: float) -> str:
    """Two units at most: 2h 05m."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{seconds:.0f}s"
    days, hours = minutes // 1_440, minutes % 1_440 // 60
    if days:
        return f"{days}d {hours:02}h"
    return f"{hours}h {minutes % 60:02}m" if hours else f"{minutes}m"


def moment(unix_nano: int) -> str:
    """To the minute, UTC."""
    return _told(unix_nano, "%Y-%m-%d %H:%M")


def day(unix_nano: int) -> str:
    return _told(unix_nano, "%a %Y-%m-%d")


def clock(unix_nano: int) -> str:
    return _told(unix_nano, "%H:%M")


def short_day(unix_nano: int) -> str:
    return _told(unix_nano, "%d %b")


def _told(unix_nano: int, form: str) -> str:
    return datetime.fromtimestamp(unix_nano // 10**9, UTC).strftime(form)
