"""One batch, tried until it is taken, refused, or the target had its chances."""

from collections.abc import Callable, Sequence
from threading import Event
from typing import Final

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    sleep_using_event,
    stop_after_attempt,
    stop_any,
    stop_when_event_set,
    wait_random_exponential,
)

from exporters.delivery.parcel import Parcel
from exporters.delivery.sender import Delivered, Sender, TryAgain

ATTEMPTS: Final = 5  # in a row; then the breaker opens
BACKOFF: Final = wait_random_exponential(multiplier=0.2, max=5.0)  # "full jitter": up to 0.2, 0.4, 0.8, 1.6 s
WAITED_FOR_S: Final = 5.0
"""What a target asks for beyond this is the breaker's to wait for: it looks at the bounds meanwhile."""


def deliver(
    sender: Sender, batch: Sequence[Parcel], attempts: int, stop: Event, count_retry: Callable[[], None]
) -> Delivered:
    """Raises Refused, and TryAgain after `attempts`, where the target asks for a long pause, or once `stop` is set."""
    ends = stop_any(stop_after_attempt(attempts), stop_when_event_set(stop))
    retrying = Retrying(
        retry=retry_if_exception_type(TryAgain),
        stop=lambda state: ends(state) or _asked_s(state) > WAITED_FOR_S,
        wait=_pause_s,
        sleep=sleep_using_event(stop),
        before_sleep=lambda _: count_retry(),
        reraise=True,
    )
    delivered: Delivered = retrying(sender.send, batch)
    return delivered


def _pause_s(state: RetryCallState) -> float:
    return max(_asked_s(state), BACKOFF(state))


def _asked_s(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome is not None else None
    return (error.retry_after_s or 0.0) if isinstance(error, TryAgain) else 0.0
