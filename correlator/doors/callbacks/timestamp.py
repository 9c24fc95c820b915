"""A sender's timestamp in unix nanoseconds."""

from datetime import UTC, datetime, timedelta
from typing import Final

from correlator.errors import InvalidInput

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
SHOWN: Final = 60  # characters of a wrong value that a refusal repeats


def unix_nano(written: str | int) -> int:
    """Unix nanoseconds of RFC 3339 text, to the microsecond, or of an integer that is such already. Raises InvalidInput."""
    if isinstance(written, int):
        return written
    try:
        moment = datetime.fromisoformat(written)
        if moment.tzinfo is None:
            raise ValueError("it names no offset from UTC")
        return (moment - _EPOCH) // _MICROSECOND * 1_000
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            f"timestamp {written[:SHOWN]!r} cannot be read; write RFC 3339 with an offset, as 2026-01-31T12:00:00Z "
            "(in n8n: {{ $now.toISO() }}), or unix nanoseconds"
        ) from error
