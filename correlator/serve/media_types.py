"""Which of several media types a client wants (RFC 9110, 12.5.1)."""

from collections.abc import Sequence


def preferred(accept: str, offered: Sequence[str]) -> str:
    """The offered type, without parameters, that the Accept header likes best; the first of equals, and where none is named."""
    wanted = [_range(each) for each in accept.split(",") if each.strip()]
    return max(offered, key=lambda each: _quality(each, wanted))  # max gives the first of equals


def _range(text: str) -> tuple[str, float]:
    name, *parameters = (part.strip().casefold() for part in text.split(";"))
    quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
    try:
        return name, min(1.0, max(0.0, float(quality)))
    except ValueError:
        return name, 0.0


def _quality(media_type: str, wanted: Sequence[tuple[str, float]]) -> float:
    """That of the most specific range which covers the type; 0 where none does."""
    given = dict(reversed(wanted))
    ranges = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    return next((given[each] for each in ranges if each in given), 0.0)
