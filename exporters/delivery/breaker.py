"""Circuit breaker: after failures in a row a target is left alone, then asked with one parcel whether it is back."""

import time
from collections.abc import Callable
from random import Random
from typing import Final, Literal

State = Literal["closed", "half_open", "open"]
FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 30.0  # doubled up to here while it does not come back
LONGEST_ASKED_S: Final = 3_600.0  # a Retry-After beyond it is more likely a mistake than a wish


class Breaker:
    """Closed: calls go through. Open: none does, for a while. Half open: one may, and decides. For one thread."""

    def __init__(self, random: Random, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._random = random
        self._clock_s = clock_s
        self._pause_s = 0.0
        self._until_s = 0.0

    @property
    def state(self) -> State:
        if self._pause_s == 0.0:
            return "closed"
        return "open" if self.wait_s() > 0 else "half_open"

    def wait_s(self) -> float:
        """So long no call goes through; 0 when one may."""
        return max(0.0, self._until_s - self._clock_s())

    def succeeded(self) -> None:
        self._pause_s = self._until_s = 0.0

    def failed(self, retry_after_s: float | None) -> None:
        """Open it for as long as the target asked, or for twice as long as the last time; a quarter more or less by chance."""
        self._pause_s = min(max(2 * self._pause_s, FIRST_PAUSE_S), LONGEST_PAUSE_S)
        by_chance = self._pause_s * self._random.uniform(0.75, 1.25)
        self._until_s = self._clock_s() + max(by_chance, min(retry_after_s or 0.0, LONGEST_ASKED_S))
