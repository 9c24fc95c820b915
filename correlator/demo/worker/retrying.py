"""Which errors may pass by themselves, and how long to wait before the next attempt."""

import smtplib
from typing import Final

BASE_S: Final = 0.5
FACTOR: Final = 2.0
MAX_S: Final = 30.0
_MAY_PASS: Final = (ConnectionError, TimeoutError, smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError)


def may_pass(error: BaseException) -> bool:
    """Whether another attempt may succeed: the network's errors. A bug, a bad item or a full memory stays what it is."""
    return isinstance(error, _MAY_PASS)


def backoff_s(attempt: int) -> float:
    """Seconds to wait after attempt number `attempt`, from 1: BASE_S, doubled each time, at most MAX_S."""
    return min(MAX_S, BASE_S * FACTOR ** (attempt - 1))
