"""Log lines on their way into OTLP requests of some thousand records."""

from typing import Any, Final

import msgspec

from correlator.doors.json_logs import LogEntry, Unreadable, read_entry
from correlator.doors.json_logs.bounds import require_within
from correlator.doors.json_logs.otlp_records import LogBatch
from correlator.model.limits import Limits

MOST_RECORDS: Final = 4_096  # of a request: eight times what SDKs send, so that the cost of a request is spread
MOST_BYTES: Final = 2**22  # of the lines of a request: a quarter of what a door takes, as OTLP's names are longer


class LogLines:
    """Entries of one file, until there are enough for a request."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._batch = LogBatch()
        self._bytes = self._first = self._last = 0

    @property
    def is_full(self) -> bool:
        return len(self._batch) >= MOST_RECORDS or self._bytes >= MOST_BYTES

    @property
    def is_empty(self) -> bool:
        return not len(self._batch)

    def add(self, number: int, line: bytes) -> bool:
        """Take the JSON object that begins at line `number`; False where it carries nothing. Raises Unreadable."""
        entry = read_entry(_document(line))
        if entry is None:
            return False
        require_within(entry, self._limits)
        self._add(entry, number, len(line))
        return True

    def take(self) -> tuple[str, bytes]:
        """The lines so far, as `first-last`, and their request in protobuf; then begins anew."""
        lines, body = f"{self._first}-{self._last}", self._batch.serialize()
        self._batch, self._bytes, self._first = LogBatch(), 0, 0
        return lines, body

    def _add(self, entry: LogEntry, number: int, size: int) -> None:
        self._batch.add(entry)
        self._bytes += size
        self._first, self._last = self._first or number, number


def _document(line: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(line, type=dict[str, Any])
    except RecursionError as error:
        raise Unreadable("nested_too_deep", "nests too deeply to be read") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Unreadable("not_json", f"is no JSON object: {error}") from error
