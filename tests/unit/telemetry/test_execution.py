"""Ids from a request's body on spans and on what the block starts."""

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from correlator.telemetry import bind_execution
from correlator.telemetry.outgoing import outgoing_headers
from correlator.telemetry.story_ids import StoryIds, current_story_ids, with_story_ids


def test_the_span_and_calls_of_the_block_name_the_execution() -> None:
    """A body's ids go where a header's would have gone, and no further than the block."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with provider.get_tracer("test").start_as_current_span("POST"), bind_execution("42", "wf"):
        headers = outgoing_headers()
    assert exporter.get_finished_spans()[0].attributes == {"n8n.execution.id": "42", "n8n.workflow.id": "wf"}
    assert headers["x-n8n-execution-id"] == "42"
    assert current_story_ids() == StoryIds()


def test_what_the_headers_said_stays() -> None:
    """A header was set by n8n itself; a body may be another's."""
    from opentelemetry.context import attach, detach

    token = attach(with_story_ids(StoryIds("7", ""), trace.set_span_in_context(trace.INVALID_SPAN)))
    try:
        with bind_execution("42", "wf\n"):
            assert current_story_ids() == StoryIds("7", "wf")
    finally:
        detach(token)


def test_empty_ids_say_nothing() -> None:
    """A call without ids changes nothing."""
    with bind_execution(""):
        assert current_story_ids() == StoryIds()
