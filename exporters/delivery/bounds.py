"""How far a target may fall behind, and what is given up then. Pure."""

from dataclasses import dataclass
from typing import Final, Literal

Reason = Literal["size", "age", "no_room"]
ALWAYS_KEPT: Final = 64 * 2**20
"""Two files of the log: giving up less frees nothing."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """At most `max_bytes` wait for a target, nothing for longer than `max_age_s`."""

    max_bytes: int
    max_age_s: float

    def allowed_bytes(self, waiting_bytes: int, *, has_room: bool) -> int:
        """What may wait now. Where the disk has no room, half of what waits is given up at each look."""
        return self.max_bytes if has_room else min(self.max_bytes, max(waiting_bytes // 2, ALWAYS_KEPT))

    def oldest_kept(self, now_unix_nano: int) -> int:
        """What arrived before is given up, unix nanoseconds."""
        return now_unix_nano - int(self.max_age_s * 1e9)
