"""Where a page ends: the sort key of its last line, as an opaque text that the next call brings back."""

import base64
import binascii
from dataclasses import dataclass

from correlator.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Cursor:
    """Sort key of a list that is ordered by a time, newest first, and then by a name, ascending."""

    time_unix_nano: int
    name: str

    def encode(self) -> str:
        return base64.urlsafe_b64encode(f"{self.time_unix_nano}:{self.name}".encode()).decode().rstrip("=")

    def is_before(self, time_unix_nano: int, name: str) -> bool:
        """Whether a line with that key comes after this one in the list."""
        return (-self.time_unix_nano, self.name) < (-time_unix_nano, name)


def decode_cursor(text: str | None) -> Cursor | None:
    """The cursor in `text`; None for None. Raises InvalidInput when no store made it."""
    if text is None:
        return None
    try:
        time, _, name = (
            base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode().partition(":")
        )
        return Cursor(int(time), name)
    except (ValueError, binascii.Error) as error:
        raise InvalidInput(f"cursor {text!r} is none of ours; start again without a cursor") from error
