"""What is written."""

from typing import NamedTuple


class Document(NamedTuple):
    """A record to be created: its data stream is that of `signal` (Names.stream). The same record has the same id again."""

    signal: str  # traces | logs | metrics
    id: str
    source: bytes  # JSON
