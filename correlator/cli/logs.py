"""The engine's own log: on stderr, one JSON object a line; readable text where stderr is a terminal."""

import logging
import sys

import structlog


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
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,  # the test runner replaces stderr between calls
    )
