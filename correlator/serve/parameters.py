"""Times, ids and limits as they come in a path or a query."""

import calendar
import re
from typing import Annotated, Final

from fastapi import Path, Query
from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from correlator.errors import InvalidInput
from correlator.pipeline.stories.investigate import parse_trace_id

INT64_MAX: Final = 2**63 - 1
NANOS_A_SECOND: Final = 1_000_000_000

_RFC3339: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII
)
_INTEGER: Final = re.compile(r"-?\d{1,40}", re.ASCII)


def unix_nano(text: object) -> int:
    """A time as RFC 3339 or unix nanoseconds, in unix nanoseconds.

    What lies before 1970 or beyond int64 becomes the nearest that does not: records have no such times (OTLP's are unsigned),
    so that as a bound it means the same. Raises ValueError for anything else.
    """
    written = str(text).strip()
    if _INTEGER.fullmatch(written):
        return _within_range(int(written))
    match = _RFC3339.fullmatch(written)
    if match is None:
        raise ValueError(
            "a time is RFC 3339, as 2026-01-31T12:00:00Z (write the + of an offset as %2B in a URL), or unix nanoseconds"
        )
    return _within_range(_from_parts(match))


def _from_parts(match: "re.Match[str]") -> int:
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    offset_hours, offset_minutes = int(match[9] or 0), int(match[10] or 0)
    if not (1 <= month <= 12 and 1 <= day <= _days(year, month) and hour < 24 and minute < 60 and second <= 60):
        raise ValueError("no such date or time of day")
    if offset_hours > 23 or offset_minutes > 59:
        raise ValueError("no such offset from UTC")
    offset_s = (offset_hours * 60 + offset_minutes) * 60 * (-1 if match[8] == "-" else 1)
    seconds = calendar.timegm((year, month, day, hour, minute, second)) - offset_s
    return seconds * NANOS_A_SECOND + int((match[7] or "0").ljust(9, "0"))


def _days(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1] if year else 0


def _within_range(number: int) -> int:
    return max(0, min(INT64_MAX, number))


_TIME_SCHEMA: Final = WithJsonSchema({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "integer"}]})
Time = Annotated[int, BeforeValidator(unix_nano), _TIME_SCHEMA]

From = Annotated[
    Time | None,
    Query(
        alias="from",
        description="Not earlier than this: RFC 3339 or unix nanoseconds.",
        examples=["2026-01-31T12:00:00Z"],
    ),
]
To = Annotated[
    Time | None,
    Query(
        alias="to",
        description="Earlier than this: RFC 3339 or unix nanoseconds.",
        examples=["2026-01-31T13:00:00Z"],
    ),
]
At = Annotated[
    Time | None,
    Query(
        description="As of then: RFC 3339 or unix nanoseconds; without it, or in the future, now.",
        examples=["2026-01-31T12:00:00Z"],
    ),
]
Limit = Annotated[int, Query(ge=1, le=1000, description="How many at most.", examples=[100])]
Cursor = Annotated[
    str | None, Query(max_length=1024, description="`next_cursor` of the page before; leave out for the first page.")
]


def trace_id(text: str) -> str:
    """A trace id in lowercase. Raises ValueError for what is none."""
    try:
        return parse_trace_id(text).hex()
    except InvalidInput as error:
        raise ValueError(str(error)) from error


TraceId = Annotated[
    str,
    Path(description="32 hexadecimal digits, not all zero.", examples=["4bf92f3577b34da6a3ce929d0e0e4736"]),
    AfterValidator(trace_id),
    WithJsonSchema({"type": "string", "pattern": "^(?!0{32}$)[0-9a-fA-F]{32}$"}),
]
IncidentKey = Annotated[
    str,
    Path(
        min_length=1,
        max_length=200,
        description="The incident's key: the fingerprint of its cause, a dash, and its ordinal.",
        examples=["e1-5d41402abc4b2a76-1"],
    ),
]
ObjectiveId = Annotated[
    str,
    Path(
        min_length=1,
        max_length=300,
        description="The objective's id: service and name; of one for each workflow, the workflow's id at its end.",
        examples=["bridge-availability"],
    ),
]
