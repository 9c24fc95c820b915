"""Start-up: the log behind the sealed position, decoded again into the head."""

from collections.abc import Callable
from pathlib import Path

import structlog

from correlator.errors import InvalidInput
from correlator.model.tables import Tables
from correlator.store.contract import Decode, LoggedRequest
from correlator.store.segments.disk import Disk
from correlator.store.segments.log.recovery import cut_torn_end, log_files, replay
from correlator.store.segments.meter import Observe

LOG = structlog.get_logger(__name__)
Progress = Callable[[int, int], None]
"""Called with (bytes done, bytes in all); the second is an upper bound."""


def unreported(done: int, total: int) -> None:
    """Nobody wants to know."""


def recover(
    folder: Path,
    disk: Disk,
    sealed_position: int,
    decode: Decode,
    accept: Callable[[LoggedRequest, Tables], None],
    progress: Progress,
    observe: Observe,
) -> int:
    """Hands each durable request above `sealed_position` to `accept`, in order; gives the position behind the last.

    Raises StoreError where the log is damaged.
    """
    end = sealed_position
    total = max([file.base + file.path.stat().st_size for file in log_files(folder)], default=end) - sealed_position
    for logged in replay(folder, sealed_position):
        accept(logged, _decoded(logged, decode, observe))
        end = logged.end
        progress(end - sealed_position, total)
    cut_torn_end(folder, disk, end)
    return end


def _decoded(logged: LoggedRequest, decode: Decode, observe: Observe) -> Tables:
    """The request's tables; empty ones when it can be decoded no more, which a change of limits may bring about."""
    try:
        return decode(logged.frame)
    except InvalidInput as error:
        observe("replay_rejected", 1)
        LOG.error("replay_rejected", position=logged.position, signal=logged.frame.signal, reason=str(error))
        return Tables()
