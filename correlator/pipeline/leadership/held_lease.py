"""Whether this process may lead, by the store's lease and by its own clock."""

import math
import time
from collections.abc import Callable
from typing import Final

from correlator.store.contract import Lease

TTL_S: Final = 10.0
"""So long after its last renewal a leader is followed by another: a third of the 30 s in which conclusions go on."""
RENEW_S: Final = 3.0
"""Two renewals in a row may fail before the lease is lost."""


class HeldLease:
    """One process's view of the lease. Safe from any thread; `renew` and `release` are for one.

    It counts as held for `ttl_s` from when the renewal was asked for that was granted last, by the clock of this process: one
    that was stopped for longer knows so before it asks anybody.
    """

    def __init__(
        self, store: Lease, holder: str, ttl_s: float = TTL_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.holder = holder
        self._store = store
        self._ttl_s = ttl_s
        self._clock = clock
        self._until_s = -math.inf

    @property
    def is_held(self) -> bool:
        return self._clock() < self._until_s

    def renew(self) -> bool:
        """Take it, or hold it for longer; whether that was granted. Raises what the store raises, and changes nothing then."""
        asked_s = self._clock()
        is_granted = self._store.lease(self.holder, self._ttl_s)
        self._until_s = asked_s + self._ttl_s if is_granted else -math.inf
        return is_granted

    def release(self) -> None:
        """Let another have it at once. Raises what the store raises; it is not held any more in any case."""
        self._until_s = -math.inf
        self._store.release_lease(self.holder)
