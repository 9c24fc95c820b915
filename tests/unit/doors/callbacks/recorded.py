"""What n8n 2.41's Error Trigger sent, and callbacks in few words."""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

from correlator.doors.callbacks.read import CallbackLimits, read_callback
from correlator.workflows.callback import Callback

FILE = Path(__file__).parents[3] / "fixtures" / "n8n" / "error_trigger_callback.jsonl.gz"
S = 1_000_000_000
NOW = 1_795_234_400 * S
LIMITS = CallbackLimits(body_bytes=2**20, nesting_depth=64, future_skew_s=600, past_skew_s=7 * 86_400)


@cache
def error_triggers() -> tuple[dict[str, Any], ...]:
    """Each request's headers and body."""
    with gzip.open(FILE, "rt", encoding="utf-8") as lines:
        return tuple(json.loads(line) for line in lines)


def error_trigger(execution_id: str) -> dict[str, Any]:
    return next(each for each in error_triggers() if each["body"]["execution"]["id"] == execution_id)


def read_recorded(request: dict[str, Any]) -> Callback:
    """As the door reads it at NOW."""
    return read(request["body"], request["body"]["workflow"]["id"], request["headers"]["traceparent"])


def read(body: Any, workflow_id: str = "w1", traceparent: str = "", now: int = NOW) -> Callback:
    written = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_callback(workflow_id, written, traceparent, now, LIMITS)
