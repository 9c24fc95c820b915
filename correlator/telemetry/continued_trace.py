"""Starts the root span of a trace whose id a caller has chosen.

OpenTelemetry lets a span continue a trace only below a parent span. X-Trace-ID names a trace without one; an invented
parent would make every such trace look as if a span were lost. So the id generator hands out the caller's id instead.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

_chosen_trace_id: Final[ContextVar[int]] = ContextVar("correlator_chosen_trace_id", default=0)


class ContinuingIdGenerator(RandomIdGenerator):
    """Random ids, but within `chosen_trace_id` the trace id is the chosen one."""

    def generate_trace_id(self) -> int:
        """Return the chosen trace id, or else 128 random bits."""
        return _chosen_trace_id.get() or super().generate_trace_id()

    def is_trace_id_random(self) -> bool:
        """Whether the next trace id is random: a caller's may not be, and then must not be flagged so."""
        return not _chosen_trace_id.get()


@contextmanager
def chosen_trace_id(trace_id: int) -> Iterator[None]:
    """Make a root span that starts inside this block take `trace_id` (0: a random one)."""
    token = _chosen_trace_id.set(trace_id)
    try:
        yield
    finally:
        _chosen_trace_id.reset(token)
