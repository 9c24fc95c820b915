"""Asking again while shards start: of an index that was made just now, or that moves."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

from elasticsearch import ApiError

Answer = TypeVar("Answer")
PATIENCE_S: Final = 5.0
ASK_AGAIN_S: Final = 0.05
STARTING: Final = 503


def patiently(ask: Callable[[], Answer]) -> Answer:
    """What `ask` gives. Where the server answers that it cannot yet, it is called again for PATIENCE_S. Raises what `ask` raises."""
    give_up_at = time.monotonic() + PATIENCE_S
    while True:
        try:
            return ask()
        except ApiError as error:
            if error.status_code != STARTING or time.monotonic() > give_up_at:
                raise
            time.sleep(ASK_AGAIN_S)
