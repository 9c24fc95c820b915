"""Job context: what a producer writes, and how the consumer's span relates to it."""

import threading
from types import MappingProxyType

import pytest
from opentelemetry.context import attach, detach, get_current
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode

from correlator.telemetry import bind_job_context, client_span, inject_job_context, publish_job
from correlator.telemetry.story_ids import StoryIds, current_story_ids, with_story_ids
from tests.unit.telemetry.conftest import Recorder


def publish(recorder: Recorder, *, now_unix_nano: int | None = None) -> dict[str, str]:
    """The metadata of a job that was queued inside an n8n execution."""
    metadata: dict[str, str] = {}
    token = attach(with_story_ids(StoryIds("42", "wf1", "r-1"), get_current()))
    try:
        with publish_job("mail", "j-1", tracer_provider=recorder.tracer_provider):
            inject_job_context(metadata, now_unix_nano=now_unix_nano)
    finally:
        detach(token)
    return metadata


def attempt(recorder: Recorder, metadata: dict[str, str], number: int = 1) -> ReadableSpan:
    """The consumer span of one attempt that succeeds."""
    with bind_job_context(
        metadata, queue_name="mail", job_id="j-1", attempt=number, tracer_provider=recorder.tracer_provider
    ):
        pass
    return recorder.spans()[-1]


def linked_span_ids(span: ReadableSpan) -> list[int]:
    """The spans that `span` links to."""
    return [link.context.span_id for link in span.links]


def test_the_first_attempt_is_a_child_of_its_producer_and_links_to_it(recorder: Recorder) -> None:
    """Same trace, so the story reads on; the link says that a queue lies between."""
    consumer = attempt(recorder, publish(recorder))
    producer = recorder.span("send mail")
    assert consumer.parent is not None
    assert consumer.parent.span_id == producer.context.span_id
    assert consumer.context.trace_id == producer.context.trace_id
    assert linked_span_ids(consumer) == [producer.context.span_id]
    assert (producer.kind, consumer.kind) == (SpanKind.PRODUCER, SpanKind.CONSUMER)


def test_a_retry_is_a_trace_of_its_own_with_links_to_producer_and_first_attempt(recorder: Recorder) -> None:
    """The first attempt left its span in the metadata, and later ones leave it there."""
    metadata = publish(recorder)
    first, second, third = (attempt(recorder, metadata, number) for number in (1, 2, 3))
    producer = recorder.span("send mail")
    for retry in (second, third):
        assert retry.parent is None
        assert retry.context.trace_id != producer.context.trace_id
        assert linked_span_ids(retry) == [producer.context.span_id, first.context.span_id]
    assert (third.attributes or {})["correlator.job.attempt"] == 3


def test_a_retry_that_the_queue_does_not_number_is_known_by_the_metadata(recorder: Recorder) -> None:
    """Each attempt counts itself in."""
    metadata = publish(recorder)
    attempts = [(attempt(recorder, metadata).attributes or {})["correlator.job.attempt"] for _ in range(3)]
    assert attempts == [1, 2, 3]


def test_a_retry_whose_queue_forgot_the_first_attempt_links_to_the_producer_only(recorder: Recorder) -> None:
    """Some queues hand every attempt the metadata as it was sent."""
    metadata = publish(recorder)
    attempt(recorder, dict(metadata))
    retry = attempt(recorder, dict(metadata), 2)
    assert linked_span_ids(retry) == [recorder.span("send mail").context.span_id]


def test_a_late_job_is_a_trace_of_its_own_with_a_link(recorder: Recorder) -> None:
    """Queued long ago: nobody waits for it in that trace any more."""
    late = attempt(recorder, publish(recorder, now_unix_nano=1_700_000_000_000_000_000))
    assert late.parent is None
    assert linked_span_ids(late) == [recorder.span("send mail").context.span_id]


def test_attributes_follow_the_messaging_conventions(recorder: Recorder) -> None:
    """The consumer carries n8n's ids too, so that a lost trace can still be joined."""
    with bind_job_context(
        publish(recorder),
        queue_name="mail",
        job_id="j-1",
        messaging_system="huey",
        name="send_mail",
        tracer_provider=recorder.tracer_provider,
    ):
        assert current_story_ids().execution_id == "42"
    assert dict(recorder.span("send_mail").attributes or {}) == {
        "messaging.system": "huey",
        "messaging.destination.name": "mail",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.message.id": "j-1",
        "correlator.job.id": "j-1",
        "correlator.job.attempt": 1,
        "n8n.execution.id": "42",
        "n8n.workflow.id": "wf1",
        "http.request.header.x-request-id": "r-1",
    }
    assert (recorder.span("send mail").attributes or {})["messaging.operation.type"] == "send"


def test_an_exception_is_recorded_and_raised_on(recorder: Recorder) -> None:
    """The queue decides about the retry; the span says what happened."""
    with (
        pytest.raises(ConnectionError),
        bind_job_context(publish(recorder), queue_name="mail", job_id="j", tracer_provider=recorder.tracer_provider),
    ):
        raise ConnectionError("mail server refused")
    span = recorder.span("process mail")
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description == "ConnectionError: mail server refused"
    assert [event.name for event in span.events] == ["exception"]


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"traceparent": "nonsense", "correlator-first-attempt": "\0", "correlator-attempts": "many"},
        {"traceparent": f"00-{'0' * 32}-{'0' * 16}-00", "correlator-enqueued-unix-nano": "9" * 400},
        {"traceparent": 7, "tracestate": None, "correlator-attempts": "-1"},
    ],
)
def test_damaged_metadata_never_harms_the_job(recorder: Recorder, metadata: dict[str, str]) -> None:
    """The attempt is then the root of a new trace without links."""
    span = attempt(recorder, metadata)
    assert (span.parent, list(span.links)) == (None, [])


def test_metadata_that_cannot_be_written_is_only_read(recorder: Recorder) -> None:
    """A read-only mapping gives the same span."""
    with bind_job_context(
        MappingProxyType(publish(recorder)), queue_name="mail", job_id="j", tracer_provider=recorder.tracer_provider
    ):
        pass
    assert recorder.span("process mail").parent is not None


def test_a_job_queued_again_forgets_its_earlier_life(recorder: Recorder) -> None:
    """Reused metadata starts over: a new producer, no first attempt."""
    metadata = publish(recorder)
    attempt(recorder, metadata)
    with publish_job("mail", "j-2", tracer_provider=recorder.tracer_provider) as producer:
        inject_job_context(metadata)
    assert linked_span_ids(attempt(recorder, metadata)) == [producer.get_span_context().span_id]


def test_outside_any_trace_nothing_is_injected() -> None:
    """An all-zero parent helps nobody."""
    metadata: dict[str, str] = {}
    inject_job_context(metadata)
    assert metadata == {}


def test_jobs_in_threads_keep_their_traces_apart(recorder: Recorder) -> None:
    """Workers with a thread pool run many jobs at once."""
    jobs = [publish(recorder) for _ in range(8)]
    barrier = threading.Barrier(len(jobs))
    seen: dict[int, bool] = {}

    def work(number: int) -> None:
        with bind_job_context(
            jobs[number], queue_name="mail", job_id=str(number), tracer_provider=recorder.tracer_provider
        ) as span:
            barrier.wait(60)
            seen[number] = f"{span.get_span_context().trace_id:032x}" in jobs[number]["traceparent"]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == dict.fromkeys(range(len(jobs)), True)


class _Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


def test_an_error_that_cannot_be_put_in_words_is_still_the_one_raised(recorder: Recorder) -> None:
    """Telling of an error must not put another in its place."""
    with (
        pytest.raises(_Unspeakable),
        bind_job_context({}, queue_name="q", job_id="1", tracer_provider=recorder.tracer_provider),
        publish_job("q", "2", tracer_provider=recorder.tracer_provider),
        client_span("GET", "http://mail.example/", tracer_provider=recorder.tracer_provider),
    ):
        raise _Unspeakable
    for name in ("process q", "send q", "GET"):
        assert recorder.span(name).status.description == "_Unspeakable"


def test_an_idempotency_key_is_on_both_ends(recorder: Recorder) -> None:
    """Where the trace is lost, it still names the work; without one there is no attribute."""
    with publish_job("mail", "j-1", idempotency_key="k-1", tracer_provider=recorder.tracer_provider):
        pass
    with bind_job_context(
        {}, queue_name="mail", job_id="j-1", idempotency_key="k-1", tracer_provider=recorder.tracer_provider
    ):
        pass
    for name in ("send mail", "process mail"):
        assert (recorder.span(name).attributes or {})["correlator.job.idempotency_key"] == "k-1"
    publish(recorder)
    assert "correlator.job.idempotency_key" not in (recorder.spans()[-1].attributes or {})
