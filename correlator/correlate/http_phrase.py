"""The names of HTTP statuses (RFC 9110)."""

from http import HTTPStatus
from typing import Final

_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}


def http_phrase(status: int | None) -> str:
    """Such as "Bad Gateway" of 502; empty for a number that has none."""
    return _PHRASES.get(status or 0, "")
