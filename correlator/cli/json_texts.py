"""The JSON objects of a file, one a line or each over many lines, without the file ever being in memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

import msgspec

from correlator.model.limits import Limits

LONGEST_TEXT: Final = 4 * Limits().inflated_bytes
"""64 MiB: a single object of more is given up on. A door takes a quarter of that."""
CLOSINGS_TRIED: Final = (
    16  # unindented lines that may end an object over many lines: each is tried, at its whole length
)
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class JsonText:
    """What may be an object, and the number of its first line. `content` is None where it is longer than LONGEST_TEXT."""

    line: int
    content: bytes | None


def json_texts(content: BinaryIO, is_known: Callable[[bytes], bool]) -> Iterator[JsonText]:
    """All texts of a file in order, blank lines left out; what is no JSON is among them as it stands, line by line.

    An object over many lines, as people and the SDKs' console exporters print it, begins with a line of `{` that does not end
    in `}`, and ends with an unindented `}` or `]`. A line that was cut short begins like that too: the next line that is an
    object by itself, one that `is_known` says can be taken in, shows it.
    """
    pending = _Pending(is_known)
    for number, line in enumerate(_lines(content), start=1):
        if line is None:
            yield from pending.give_up()
            yield JsonText(number, None)
        elif pending.is_open:
            yield from pending.go_on(number, line)
        elif line[:1] == b"{" and not line.rstrip().endswith(b"}"):
            pending.begin(number, line)
        elif line.strip():
            yield JsonText(number, line)
    yield from pending.give_up()


def _lines(content: BinaryIO) -> Iterator[bytes | None]:
    """Lines; None for one that is too long."""
    mark = BYTE_ORDER_MARK
    while line := content.readline(LONGEST_TEXT):
        if len(line) == LONGEST_TEXT and not line.endswith(b"\n"):
            while (rest := content.readline(LONGEST_TEXT)) and not rest.endswith(b"\n"):
                pass
            yield None
            continue
        yield line.removeprefix(mark)
        mark = b""


class _Pending:
    """Lines that may be one object, so far."""

    def __init__(self, is_known: Callable[[bytes], bool]) -> None:
        self._is_known = is_known
        self._lines: list[bytes] = []
        self._first = self._bytes = self._tried = 0

    @property
    def is_open(self) -> bool:
        return bool(self._lines)

    def begin(self, number: int, line: bytes) -> None:
        self._lines, self._first, self._bytes, self._tried = [line], number, len(line), 0

    def go_on(self, number: int, line: bytes) -> Iterator[JsonText]:
        """Take another line; what is complete, or was cut short."""
        if line[:1] == b"{" and self._is_known(line):
            yield from self.give_up()
            yield JsonText(number, line)
            return
        self._lines.append(line)
        self._bytes += len(line)
        if self._bytes > LONGEST_TEXT:
            yield JsonText(self._first, None)
            self._lines = []
        elif line[:1] in (b"}", b"]") and self._tried < CLOSINGS_TRIED:
            self._tried += 1
            if _is_json(text := b"".join(self._lines)):
                yield JsonText(self._first, text)
                self._lines = []

    def give_up(self) -> Iterator[JsonText]:
        """All that is left, if anything: as one text."""
        if self._lines:
            yield JsonText(self._first, b"".join(self._lines))
            self._lines = []


def _is_json(text: bytes) -> bool:
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True
