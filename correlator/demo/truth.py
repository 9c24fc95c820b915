"""Writes down which spans belong to which story, for whoever measures how well the engine finds that out by itself.

The driver labels a call with the header `x-demo-story`. The label goes along in headers and job metadata, and with the
ids of each span into the file that CORRELATOR_DEMO_TRUTH names; never into telemetry or a payload.
"""

import json
import os
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Final

from opentelemetry import trace

STORY_HEADER: Final = "x-demo-story"
TRUTH_FILE: Final = "CORRELATOR_DEMO_TRUTH"

_story: Final[ContextVar[str]] = ContextVar("correlator_demo_story", default="")


def set_story(label: str) -> None:
    """Make `label` the story of what this context does from here on."""
    _story.set(label)


def story_headers() -> dict[str, str]:
    """The label as a header, or as metadata; empty without one."""
    label = _story.get()
    return {STORY_HEADER: label} if label else {}


def record_truth(carrier: Mapping[str, str], system: str) -> None:
    """Append a line for the current span, under the label that `carrier` (headers, metadata) has; none, no line.

    `{"story", "trace_id", "span_id", "system"}`, in one write: several processes append to one file.
    """
    label, path = carrier.get(STORY_HEADER, ""), os.environ.get(TRUTH_FILE, "")
    span = trace.get_current_span().get_span_context()
    if not label or not path or not span.is_valid:
        return
    line = json.dumps(
        {"story": label, "trace_id": f"{span.trace_id:032x}", "span_id": f"{span.span_id:016x}", "system": system}
    )
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(descriptor, f"{line}\n".encode())
    finally:
        os.close(descriptor)
