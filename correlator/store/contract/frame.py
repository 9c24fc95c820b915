"""What comes in: one request, and how it becomes tables."""

from collections.abc import Callable
from dataclasses import dataclass

from correlator.model.tables import Tables


@dataclass(frozen=True, slots=True)
class Frame:
    """One request as it came in: what the raw log keeps and replay decodes again."""

    signal: str  # traces | logs | metrics
    encoding: str  # protobuf | json
    arrival_unix_nano: int
    payload: bytes  # decompressed
    origin: str = ""  # where it can be fetched again, as kafka:topic/3/1024; "" where nowhere


Decode = Callable[[Frame], Tables]
"""Pure: the same frame gives the same tables (position 0), however often it is called. Raises InvalidInput."""
