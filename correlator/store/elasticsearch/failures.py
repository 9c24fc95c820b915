"""What the server, or the way to it, made of a call: as one of our errors, with what to do about it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from elasticsearch import ApiError, TransportError

from correlator.elasticsearch import patience
from correlator.elasticsearch.error_body import error_of, reason_of
from correlator.elasticsearch.lacking import NOT_ALLOWED, refused
from correlator.elasticsearch.silence import silence_of
from correlator.errors import Overloaded, StorageFull, Unavailable

Answer = TypeVar("Answer")
RETRY_AFTER_S: Final = 5
"""Of a server that is down or full: one that restarts takes 8 to 15 s, so a sender asks two or three times."""
RETRY_BUSY_S: Final = 1
BUSY: Final = 429
ROLE: Final = "store"
BLOCK: Final = "cluster_block_exception"


@contextmanager
def reaching() -> Iterator[None]:
    """Around calls of the client: raises Unavailable, or a kind of it, instead of the client's errors."""
    try:
        yield
    except ApiError as error:
        raise answered(error.status_code, error_of(error.body)) from error
    except TransportError as error:
        raise Unavailable(
            f"Elasticsearch {silence_of(error)}; check that it runs and is reached from here",
            retry_after_s=RETRY_AFTER_S,
        ) from error


def patiently(ask: Callable[[], Answer]) -> Answer:
    """What `ask` gives, asked again while shards start. Raises as `reaching`."""
    with reaching():
        return patience.patiently(ask)


def answered(status: int, error: Mapping[str, Any]) -> Unavailable:
    """For an answer that is no success; `error` is what it says."""
    kind, reason = error.get("type", "error"), error.get("reason", "no reason given")
    told = f"Elasticsearch answers {status} {kind}"
    if kind == BLOCK:
        return StorageFull(f"{told}: {reason}; free some of its disk, or lift the block", retry_after_s=RETRY_AFTER_S)
    if status == BUSY:
        return Overloaded(f"{told}: more waits there than it queues; send it again", retry_after_s=RETRY_BUSY_S)
    if status in NOT_ALLOWED:
        return Unavailable(f"{told}: {refused(status, reason, ROLE)}", retry_after_s=RETRY_AFTER_S)
    if status >= 500:
        return Unavailable(f"{told}: {reason_of(error)}; it should recover by itself", retry_after_s=RETRY_AFTER_S)
    return Unavailable(f"{told}: {reason}; try `correlator elasticsearch check`", retry_after_s=RETRY_AFTER_S)


def item_error(item: Mapping[str, Any]) -> Unavailable:
    """For an item of a bulk that is no success."""
    return answered(item["status"], item.get("error", {}))
