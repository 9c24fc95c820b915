"""Where a list of traces goes on: behind its last line, and from where on the spans have to be looked at again."""

from dataclasses import dataclass

from correlator.errors import InvalidInput
from correlator.store.cursor import Cursor, decode_cursor


@dataclass(frozen=True, slots=True)
class TraceCursor:
    """`last` is the last line. A trace that comes after it has a span that was asked for at or before `walk_from_unix_nano`,
    or is one of `held`: seen on the way, but begun too early for the page. So that one trace that goes on for days does not
    have every page walk from the newest span on, the latest of those are remembered by id.
    """

    last: Cursor
    walk_from_unix_nano: int
    held: tuple[str, ...] = ()

    def encode(self) -> str:
        name = ":".join((self.last.name, str(self.walk_from_unix_nano), *self.held))
        return Cursor(self.last.time_unix_nano, name).encode()


def decode_trace_cursor(text: str | None) -> TraceCursor | None:
    """The cursor in `text`; None for None. Raises InvalidInput when no store of this kind made it."""
    plain = decode_cursor(text)
    if plain is None:
        return None
    try:
        name, walk_from, *held = plain.name.split(":")
        return TraceCursor(Cursor(plain.time_unix_nano, name), int(walk_from), tuple(held))
    except ValueError as error:
        raise InvalidInput(f"cursor {text!r} is none of ours; start again without a cursor") from error
