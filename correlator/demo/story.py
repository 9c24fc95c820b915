"""Plays the recorded story: n8n's calls go to the real bridge under n8n's trace context, its spans to the engine."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from typing import Final

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from correlator.demo.rebase import Interval, shift_of_trace, shift_times
from correlator.demo.recording import RecordedCall, RecordedTrace
from correlator.errors import CorrelatorError

START_GAP_S: Final = 0.2
"""From the start of one execution to the next: the recording's own pauses, of up to five seconds, show nothing."""
CALL_TIMEOUT_S: Final = 30.0
SECOND: Final = 1_000_000_000


class StoryFailed(CorrelatorError):
    """Bridge or engine answered otherwise than the story needs."""


def play_story(recording: Sequence[RecordedTrace], *, otlp_url: str, bridge_url: str) -> None:
    """Play all traces, overlapping as on a real n8n; returns when the engine has accepted every span of n8n's.

    Takes about three seconds: each trace takes as long as it took. Raises StoryFailed, where the message says which.
    """
    try:
        asyncio.run(_play_all(recording, otlp_url, bridge_url))
    except* StoryFailed as failures:
        raise failures.exceptions[0] from None


async def _play_all(recording: Sequence[RecordedTrace], otlp_url: str, bridge_url: str) -> None:
    start = time.time_ns()
    async with httpx.AsyncClient(timeout=CALL_TIMEOUT_S, trust_env=False) as client, asyncio.TaskGroup() as players:
        for index, trace in enumerate(recording):
            starts_at = start + round(index * START_GAP_S * SECOND)
            players.create_task(_play(trace, starts_at, client, otlp_url, bridge_url))


async def _play(trace: RecordedTrace, start: int, client: httpx.AsyncClient, otlp_url: str, bridge_url: str) -> None:
    played = await _make_calls(trace, start, client, bridge_url)
    shift = shift_of_trace(trace, played)
    await _sleep_until(trace.end_unix_nano + shift)
    await _export(shift_times(trace.request, shift), client, otlp_url)


async def _make_calls(trace: RecordedTrace, start: int, client: httpx.AsyncClient, bridge_url: str) -> Interval:
    """Make the trace's calls, as far apart as recorded; from the first one's start to the last one's end."""
    shift = start - trace.start_unix_nano
    intervals = []
    for call in trace.calls:
        await _sleep_until(call.recorded_unix_nano + shift)
        intervals.append(await _call(call, client, bridge_url))
    if not intervals:
        return Interval(start, start)
    return Interval(intervals[0].start_unix_nano, intervals[-1].end_unix_nano)


async def _call(call: RecordedCall, client: httpx.AsyncClient, bridge_url: str) -> Interval:
    start = time.time_ns()
    url = bridge_url + call.path
    try:
        response = await client.request(call.method, url, headers=dict(call.headers), content=call.body)
    except httpx.HTTPError as error:
        raise StoryFailed(f"the demo's bridge did not answer {call.method} {url}: {error!r}") from error
    if response.status_code != call.status:
        raise StoryFailed(
            f"{call.method} {url} answered {response.status_code}, recorded was {call.status}: {response.text}"
        )
    return Interval(start, time.time_ns())


async def _export(request: ExportTraceServiceRequest, client: httpx.AsyncClient, otlp_url: str) -> None:
    """Post as n8n does: protobuf, chunked, not compressed."""
    url = f"{otlp_url}/v1/traces"
    headers = {"content-type": "application/x-protobuf", "user-agent": "correlator-demo"}
    try:
        response = await client.post(url, headers=headers, content=_chunked(request.SerializeToString()))
    except httpx.HTTPError as error:
        raise StoryFailed(f"the engine's OTLP door did not answer at {url}: {error!r}") from error
    if response.status_code != httpx.codes.OK:
        raise StoryFailed(f"the engine's OTLP door at {url} answered {response.status_code}: {response.text}")
    partial = ExportTraceServiceResponse.FromString(response.content).partial_success
    if partial.rejected_spans:
        raise StoryFailed(
            f"the engine rejected {partial.rejected_spans} spans of the recording: {partial.error_message}"
        )


async def _chunked(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def _sleep_until(time_unix_nano: int) -> None:
    await asyncio.sleep(max(0, time_unix_nano - time.time_ns()) / SECOND)
