"""Headers and spans of calls to others."""

import pytest
from opentelemetry import trace
from opentelemetry.context import attach, detach
from opentelemetry.trace import StatusCode

from correlator.telemetry import client_span, outgoing_headers, record_response
from correlator.telemetry.story_ids import StoryIds, read_story_ids, with_story_ids
from correlator.telemetry.trace_headers import parse_traceparent
from tests.unit.telemetry.conftest import Recorder


def test_outside_any_trace_no_header_is_made() -> None:
    """An all-zero traceparent is worse than none."""
    assert outgoing_headers() == {}


def test_a_call_hands_on_the_client_span_tracestate_and_the_ids_of_the_story(recorder: Recorder) -> None:
    """The next service finds the trace, and the n8n execution even if it drops the trace."""
    incoming = parse_traceparent(f"00-{'a' * 32}-{'b' * 16}-01", "n8n=1")
    assert incoming is not None
    parent = trace.set_span_in_context(trace.NonRecordingSpan(incoming.span_context()))
    token = attach(with_story_ids(StoryIds("42", "wf1", "r-1"), parent))
    try:
        with client_span("POST", "https://me:secret@mail.example/send?key=1", tracer_provider=recorder.tracer_provider):
            headers = outgoing_headers()
    finally:
        detach(token)
    span = recorder.span("POST")
    assert headers == {
        "traceparent": f"00-{'a' * 32}-{span.context.span_id:016x}-01",
        "tracestate": "n8n=1",
        "x-n8n-execution-id": "42",
        "x-n8n-workflow-id": "wf1",
        "x-request-id": "r-1",
    }
    assert (span.attributes or {})["url.full"] == "https://mail.example/send"
    assert (span.attributes or {})["server.port"] == 443


def test_a_refused_call_is_an_error_of_the_client(recorder: Recorder) -> None:
    """400 and above, by the conventions for clients."""
    with client_span("GET", "http://mail.example:8025/", tracer_provider=recorder.tracer_provider) as span:
        record_response(span, 404)
    ended = recorder.span("GET")
    assert ended.status.status_code is StatusCode.ERROR
    assert (ended.attributes or {})["error.type"] == "404"
    assert (ended.attributes or {})["url.full"] == "http://mail.example:8025/"


def test_a_call_that_fails_is_recorded_and_raised_on(recorder: Recorder) -> None:
    """The exception is an event of the span, once."""
    with (
        pytest.raises(TimeoutError),
        client_span("GET", "http://mail.example/", tracer_provider=recorder.tracer_provider),
    ):
        raise TimeoutError("no answer in 3 s")
    span = recorder.span("GET")
    assert [event.name for event in span.events] == ["exception"]
    assert span.status.description == "TimeoutError: no answer in 3 s"


@pytest.mark.parametrize("url", ["not a url", "http://[::1", "http://mail.example:port/"])
def test_a_url_that_cannot_be_parsed_breaks_no_call(recorder: Recorder, url: str) -> None:
    """The client that is about to send says what is wrong with it; telemetry does not."""
    with client_span("GET", url, tracer_provider=recorder.tracer_provider):
        pass
    assert "secret" not in str(recorder.span("GET").attributes)


def test_ids_that_a_caller_sends_can_always_be_sent_on() -> None:
    """HTTP clients raise on a header that is not ASCII, and a line break would begin another header."""
    ids = read_story_ids({"x-request-id": "r\u00e9q-\u4e16 1\r\nset-cookie: a=1\x7f"})
    assert ids.as_headers() == {"x-request-id": "rq- 1set-cookie: a=1"}
