"""Names of log levels to OpenTelemetry's SeverityNumber.

Source: OpenTelemetry's logs data model, "Mapping of SeverityNumber" and appendix B. The appendix has "critical" twice:
ERROR2 for syslog, FATAL for .NET and ETW. Python's loggers, which write the word most, mean FATAL by it (as
OpenTelemetry's SDK for Python has it), so FATAL it is. `silly` is the lowest level of n8n's logger.
"""

from typing import Any, Final

RANGES: Final = {"trace": 1, "debug": 5, "info": 9, "warn": 13, "error": 17, "fatal": 21}
HIGHEST: Final = 24
_OTHER_NAMES: Final = {
    "silly": 1, "finest": 1, "verbose": 5, "finer": 5, "fine": 6, "config": 7, "information": 9, "informational": 9,
    "notice": 10, "warning": 13, "err": 17, "severe": 17, "dpanic": 18, "panic": 19, "alert": 19, "critical": 21,
    "crit": 21, "emerg": 21, "emergency": 21,
}  # fmt: skip
_NUMBERS: Final = (
    RANGES
    | {f"{name}{step}": first + step - 1 for name, first in RANGES.items() for step in (1, 2, 3, 4)}
    | _OTHER_NAMES
)


def severity_number(level: Any) -> int:
    """1 to 24; 0 for a level that is no name of one, as "not given"."""
    return _NUMBERS.get(level.strip().lower(), 0) if isinstance(level, str) else 0


def checked_number(number: Any) -> int:
    """A SeverityNumber that was sent as such; 0 for what is none."""
    is_one = isinstance(number, int) and not isinstance(number, bool) and 0 < number <= HIGHEST
    return number if is_one else 0
