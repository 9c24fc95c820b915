"""Moves a recorded trace in time, all of it by one constant, so that n8n's spans and the real calls make one story."""

from dataclasses import dataclass

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from correlator.demo.recording import RecordedTrace, spans_of


@dataclass(frozen=True, slots=True)
class Interval:
    """From `start_unix_nano` to `end_unix_nano`."""

    start_unix_nano: int
    end_unix_nano: int


def shift_of_trace(trace: RecordedTrace, played: Interval) -> int:
    """Nanoseconds to add to the times of `trace`.

    `played` runs from the first real call's start to the last one's end; the node's span will cover it where it is long
    enough, and otherwise start with it. For a trace without calls, `played` is when it is to start.
    """
    if not trace.calls:
        return played.start_unix_nano - trace.start_unix_nano
    first = trace.calls[0]
    return shift_to_cover(_node_interval(trace, first.node_span_id), played, first.recorded_unix_nano)


def shift_to_cover(recorded: Interval, played: Interval, recorded_call_unix_nano: int) -> int:
    """Nanoseconds that move `recorded` over `played`, as near as can be to where the recorded call was in it."""
    least = played.end_unix_nano - recorded.end_unix_nano
    most = played.start_unix_nano - recorded.start_unix_nano
    if least > most:  # the real call took longer than the whole recorded span
        return most
    return min(max(played.start_unix_nano - recorded_call_unix_nano, least), most)


def shift_times(request: ExportTraceServiceRequest, shift_nano: int) -> ExportTraceServiceRequest:
    """A copy of `request` with `shift_nano` added to the time of every span and event."""
    shifted = ExportTraceServiceRequest()
    shifted.CopyFrom(request)
    for span in spans_of(shifted):
        span.start_time_unix_nano += shift_nano
        span.end_time_unix_nano += shift_nano
        for event in span.events:
            event.time_unix_nano += shift_nano
    return shifted


def _node_interval(trace: RecordedTrace, span_id: str) -> Interval:
    node = next(span for span in spans_of(trace.request) if span.span_id.hex() == span_id)
    return Interval(node.start_time_unix_nano, node.end_time_unix_nano)
