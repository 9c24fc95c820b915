"""JSON values of a document by the shape that is wanted: anything else as if it were absent."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

EARLIEST_MS: Final = 10**11  # 1973 in milliseconds, 5138 in seconds: what is less is in seconds
LATEST: Final = 2**63  # nanoseconds: the year 2262
MS: Final = 10**6  # nanoseconds


def iso_unix_nano(value: Any) -> int | None:
    """Unix nanoseconds of ISO 8601 in UTC, as n8n writes times."""
    if not isinstance(value, str):
        return None
    try:
        told = datetime.fromisoformat(value)
        unix_nano = round(told.timestamp() * 1_000) * MS if told.tzinfo is not None else -1
    except (ValueError, OverflowError):
        return None
    return unix_nano if 0 <= unix_nano < LATEST else None


def epoch_unix_nano(value: Any) -> int | None:
    """Unix nanoseconds of an epoch in milliseconds; in seconds after n8n recovered from a crash."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < EARLIEST_MS * 90:
        return None
    return int(value) * (MS if value >= EARLIEST_MS else 1_000 * MS)


def mapping(value: Any) -> Mapping[str, Any]:
    """An object; an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def elements(value: Any) -> list[Any]:
    """An array's; none for anything else."""
    return value if isinstance(value, list) else []


def header(carrier: Mapping[str, Any], wanted: str) -> Any:
    """A header of a request, by its name in lower case; None where it has none of that name."""
    headers = mapping(carrier.get("headers"))
    return next((value for key, value in headers.items() if str(key).lower() == wanted), None)
