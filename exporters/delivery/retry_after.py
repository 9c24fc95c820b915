"""Retry-After, as HTTP has it. Pure."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def retry_after_s(text: str, now: datetime | None = None) -> float | None:
    """Of seconds, or of a date (RFC 9110, section 10.2.3); None where it is neither."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # a year that no clock has
        return None
    until = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
    return max(0.0, (until - (now or datetime.now(UTC))).total_seconds())
