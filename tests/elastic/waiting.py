"""Until something is so."""

import time
from collections.abc import Callable


def await_that(is_so: Callable[[], bool], wanted: str, timeout_s: float = 60.0) -> float:
    """Seconds that it took. AssertionError where it did not come to that."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < timeout_s, f"{wanted}: not within {timeout_s:g} s"
        time.sleep(0.1)
    return time.monotonic() - began
