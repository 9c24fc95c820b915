"""Which numbering a position is of: whoever makes the markers' index anew, or takes it back to a snapshot, begins another one.

Numbers are given again then, to other requests: who goes on from the old position would pass these unread. The server tells by
`history_uuid`, which is another one after both, and the same after a failover.
"""

import time
from typing import Final

import msgspec


class Numbering(msgspec.Struct, frozen=True):
    """Kept beside a position: the history that it is of, "" where that is not known, and when it was kept, unix nanoseconds."""

    history: str = ""
    at_unix_nano: int = 0


UNKNOWN: Final = Numbering()


def numbering_now(history: str) -> Numbering:
    """For a position that is kept now."""
    return Numbering(history, time.time_ns())


def is_another(kept: Numbering, history: str) -> bool:
    """Whether the index has begun anew since; not, while nobody knows."""
    return "" not in (kept.history, history) and kept.history != history
