"""The engine's own log: on stderr, one JSON object a line; readable text where stderr is a terminal."""

import logging
import sys
import time
from collections.abc import Callable
from typing import Final

import structlog

REPLAY_INTERVAL_S: Final = 1.0


def log_to_stderr(level: int = logging.INFO) -> None:
    """Stdout stays free for answers: `serve` promises that its ready line is alone there."""
    if sys.stderr.isatty():
        renderer: structlog.typing.Processor = structlog.dev.ConsoleRenderer()
    else:
        renderer = structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="@timestamp"),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # looked up at each line: stderr may be replaced
        cache_logger_on_first_use=False,
    )


def replay_log() -> Callable[[int, int], None]:
    """Tells of a replay at start-up, told bytes done and in all: a line a second, none where it takes less than that."""
    told_s = time.monotonic()

    def tell(done_bytes: int, total_bytes: int) -> None:
        nonlocal told_s
        if time.monotonic() - told_s >= REPLAY_INTERVAL_S:
            told_s = time.monotonic()
            structlog.get_logger(__name__).info("replaying", done_bytes=done_bytes, total_bytes=total_bytes)

    return tell
