"""Times for people."""

from datetime import UTC, datetime


def rfc3339(unix_nano: int) -> str:
    """A time in UTC, exact: with a fraction of a second where there is one."""
    seconds, nanos = divmod(unix_nano, 1_000_000_000)
    fraction = f".{nanos:09d}".rstrip("0") if nanos else ""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S") + fraction + "Z"
