"""How many costly requests of one kind are answered at a time."""

import threading
from types import TracebackType
from typing import Final

from correlator.errors import Overloaded

RETRY_AFTER_S: Final = 5


class AtOnce:
    """A block that `limit` requests may be in at a time, of any threads; for others it raises Overloaded.

    What is asked over all objectives may take a thread half a minute: without a bound, 40 such requests would leave no
    thread for any other.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._free = threading.BoundedSemaphore(limit)

    def __enter__(self) -> None:
        if not self._free.acquire(blocking=False):
            raise Overloaded(
                f"{self._limit} such requests are being answered, which is the limit; ask again in {RETRY_AFTER_S} s",
                retry_after_s=RETRY_AFTER_S,
            )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._free.release()
