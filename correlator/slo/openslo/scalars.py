"""Single values of OpenSLO: texts as numbers, durations and names. Each raises ValueError that says what is needed."""

import math
import re
from collections.abc import Callable
from typing import Final

from correlator.model.objective import DAY_S
from correlator.rule_text.glob import CHARACTERS
from correlator.slo.windows import HOUR_S, MINUTE_S

_SHORTHAND: Final = re.compile(r"([0-9]{1,6})([mhdwMQY])")
_UNITS_S: Final = {"m": MINUTE_S, "h": HOUR_S, "d": DAY_S, "w": 7 * DAY_S}
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?")
_SERVICE: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
DIGITS: Final = 12
"""Of a ratio, after the point: a percentage divided by 100 is what was meant."""


def number(text: str) -> float:
    """A finite number."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError("needs a number, for example 200")
    return value


def positive(text: str) -> float:
    """A finite number over 0."""
    value = number(text)
    if value <= 0:
        raise ValueError("needs a number over 0")
    return value


def target(text: str) -> float:
    """A ratio that leaves an error budget: over 0 and below 1."""
    value = round(number(text), DIGITS)
    if 1 < value < 100:
        raise ValueError(f"is not a ratio; did you mean {_percent(value):g}?")
    if value >= 1:
        raise ValueError("leaves no error budget; needs a ratio below 1, for example 0.999")
    if value <= 0:
        raise ValueError("promises nothing; needs a ratio over 0, for example 0.999")
    return value


def target_percent(text: str) -> float:
    """A percentage, as a ratio over 0 and below 1."""
    value = number(text)
    if 0 < value < 1:
        raise ValueError(f"is not a percentage; did you mean {round(value * 100, DIGITS):g}?")
    if value < 1 or _percent(value) >= 1:
        raise ValueError("needs a percentage from 1 to below 100, for example 99.9")
    return _percent(value)


def slice_target(text: str) -> float:
    """The ratio that makes a slice good: over 0, at most 1."""
    value = number(text)
    if 1 < value <= 100:
        raise ValueError(f"is not a ratio; did you mean {_percent(value):g}?")
    if not 0 < value <= 1:
        raise ValueError("needs a ratio over 0 and at most 1, for example 0.95")
    return value


def duration_s(text: str) -> int:
    """Seconds of OpenSLO's shorthand: a whole number of m, h, d or w."""
    match = _SHORTHAND.fullmatch(text)
    if match is None or int(match[1]) == 0:
        raise ValueError("needs a whole number and one of m, h, d, w, for example 30d")
    if match[2] not in _UNITS_S:
        raise ValueError(f"{match[2]} is no fixed time; give days, for example 30d")
    return int(match[1]) * _UNITS_S[match[2]]


def slice_s(text: str) -> int:
    """Seconds of a slice: the shorthand, or minutes where there is no unit."""
    return duration_s(f"{text}m" if text.isdigit() else text)


def days(text: str) -> int:
    """Whole days of the shorthand, at most a year."""
    seconds = duration_s(text)
    if seconds % DAY_S or seconds > 366 * DAY_S:
        raise ValueError("needs whole days, 366 at most, for example 30d")
    return seconds // DAY_S


def name(text: str) -> str:
    """RFC 1123, with dots."""
    return _matching(_NAME, text, "lowercase letters, digits, dashes and dots")


def service_name(text: str) -> str:
    return _matching(_SERVICE, text, "letters, digits, dashes, dots and underscores")


def glob(text: str) -> str:
    """A filter: a text with `*` for anything."""
    if not text.strip() or len(text) > CHARACTERS:
        raise ValueError(f"needs a text of 1 to {CHARACTERS} characters, `*` for anything")
    return text.strip()


def equal_to(only: str, instead: str) -> Callable[[str], str]:
    """Reads this one word; anything else is told `instead`."""

    def convert(text: str) -> str:
        if text != only:
            raise ValueError(instead)
        return text

    return convert


def shown_s(seconds: int) -> str:
    """Seconds in the shorthand: 5m, 6h, 3d."""
    unit = next(unit for unit in "dhm" if seconds % _UNITS_S[unit] == 0)
    return f"{seconds // _UNITS_S[unit]}{unit}"


def _percent(value: float) -> float:
    return round(value / 100, DIGITS)


def _matching(pattern: re.Pattern[str], text: str, what: str) -> str:
    if pattern.fullmatch(text) is None:
        raise ValueError(f"needs {what}, at most 63, a letter or digit at both ends")
    return text
