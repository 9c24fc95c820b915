"""What a request is called: by its origin, so that it is recorded once however often it is fetched; else by a name of its own."""

import hashlib
import secrets
import time
from itertools import count
from typing import Final

from correlator.store.contract import Frame

LONGEST: Final = 400
"""Of an origin that is an id as it is; the server takes 512 bytes, and documents add the number of their row."""


class RequestIds:
    """Ids of one engine. They begin with the time: ids that grow are cheap to look up, as old parts of an index hold none of them."""

    def __init__(self) -> None:
        self.writer: Final = f"{time.time_ns() // 1_000_000:012x}-{secrets.token_hex(4)}"
        self._numbers = count()

    def of(self, frame: Frame) -> str:
        """Two calls give two ids, but where both frames have one origin."""
        if frame.origin:
            return _of_origin(frame.origin)
        return f"{self.writer}-{next(self._numbers):08x}"


def _of_origin(origin: str) -> str:
    if len(origin) <= LONGEST and origin.isascii() and origin.isprintable():
        return f"origin:{origin}"
    return f"origin-sha256:{hashlib.sha256(origin.encode()).hexdigest()}"
