"""Joins structlog and stdlib logging into one pipeline: structlog makes stdlib records, and the root logger's handlers
write them. So a library's records and one's own come out alike.
"""

import logging
import sys
from collections.abc import MutableMapping, Sequence
from typing import Any, Final, TextIO

import structlog

from correlator.telemetry.log_event import STRUCTLOG_FIELDS
from correlator.telemetry.log_format import Service, find_log_format
from correlator.telemetry.log_handlers import json_line_handler

_TO_STDLIB: Final = ("exc_info", "stack_info", "stacklevel")


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return a structured logger. `name` is its component: `log = get_logger("mailer")`.

    Events are constants, data are fields: `log.warning("mail_rejected", reason="no_recipient")`.
    """
    return structlog.stdlib.get_logger(name)


def configure_logging(
    service_name: str,
    system: str = "other",
    *,
    log_format: str = "ecs",
    stream: TextIO | None = None,
    level: int | str = logging.INFO,
) -> None:
    """Write logs of this process as JSON lines to `stream` (default: standard output), without any export.

    For a process that needs the records but no telemetry; `instrument` does this and the export in one.
    """
    handler = json_line_handler(stream or sys.stdout, find_log_format(log_format), Service(service_name, system))
    install_handlers([handler], level)


def install_handlers(handlers: Sequence[logging.Handler], level: int | str) -> None:
    """Add `handlers` to the root logger and send structlog's events there. `level` is the lowest that is written."""
    root = logging.getLogger()
    root.setLevel(level)
    for handler in handlers:
        root.addHandler(handler)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.PositionalArgumentsFormatter(),
            _to_stdlib_arguments,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _to_stdlib_arguments(_logger: Any, _method: str, event_dict: MutableMapping[str, Any]) -> dict[str, Any]:
    """End of structlog's chain: the call that makes the stdlib record.

    The fields go in one attribute: as attributes of their own, one called `name` or `args` would be refused.
    """
    arguments: dict[str, Any] = {key: event_dict.pop(key) for key in _TO_STDLIB if key in event_dict}
    return {"msg": str(event_dict.pop("event", "")), "extra": {STRUCTLOG_FIELDS: dict(event_dict)}, **arguments}
