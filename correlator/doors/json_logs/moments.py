"""Times as loggers write them: RFC 3339, or a number since 1970."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from correlator.doors.json_logs.entry import Unreadable

NANOS: Final = 10**9
INT64_MAX: Final = 2**63 - 1
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SECOND: Final = timedelta(seconds=1)
# Today is 1.8e9 s since 1970: what is above a bound is counted in the next smaller unit, right until the year 5138.
UNITS: Final = ((10**11, NANOS), (10**14, 10**6), (10**17, 10**3))
_MOMENT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:[.,](\d{1,18}))? ?([Zz]|[+-]\d\d:?\d\d)?", re.ASCII
)


def unix_nano(value: Any) -> int:
    """`value` in unix nanoseconds, 0 where it is None or empty. A time without a zone counts as UTC.

    Numbers, also as text, are seconds, milliseconds, microseconds or nanoseconds, by their size. Raises Unreadable
    for what is no time between 1970 and 2262.
    """
    if value is None or value == "":
        return 0
    found = (
        _counted(value) if isinstance(value, int | float) else _written(str(value)) if isinstance(value, str) else None
    )
    if found is None or not 0 <= found <= INT64_MAX:
        raise Unreadable("bad_time", f"{str(value)[:40]!r} is no time; write RFC 3339, as 2026-11-21T04:06:00.079Z")
    return found


def _counted(number: float) -> int | None:
    if isinstance(number, bool):
        return None
    scale = next((scale for bound, scale in UNITS if abs(number) < bound), 1)
    return number * scale if isinstance(number, int) else round(min(number, 1e19) * scale)


def _written(text: str) -> int | None:
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        return _counted(int(text)) if text.isascii() and text.isdigit() and len(text) <= 20 else None
    day, clock, fraction, zone = found.groups()
    offset = "+00:00" if zone is None or zone in "Zz" else zone
    try:
        whole_seconds = (datetime.fromisoformat(f"{day}T{clock}{offset}") - EPOCH) // SECOND
    except (ValueError, OverflowError):
        return None
    return whole_seconds * NANOS + int((fraction or "0").ljust(9, "0")[:9])
