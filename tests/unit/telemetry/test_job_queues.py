"""Job context through real queues: Celery with a worker in a thread, huey on SQLite."""

import logging
from pathlib import Path
from threading import Event
from typing import Any

from celery import Celery
from celery.contrib.testing.worker import start_worker
from huey import SqliteHuey
from huey.consumer import Consumer

from correlator.telemetry import bind_job_context, inject_job_context, publish_job
from tests.unit.telemetry.conftest import Recorder


def assert_first_attempt_and_retry(recorder: Recorder) -> None:
    """One producer, a failed first attempt below it, a retry that links to both."""
    producer = recorder.span("send mail")
    first, retry = [span for span in recorder.spans() if span.name == "process mail"]
    assert first.parent is not None
    assert first.parent.span_id == producer.context.span_id
    assert first.status.description == "ConnectionError: mail server refused"
    assert retry.parent is None
    assert [link.context.span_id for link in retry.links] == [producer.context.span_id, first.context.span_id]
    assert (retry.attributes or {})["correlator.job.attempt"] == 2


def test_celery_headers_carry_the_context_through_a_retry(recorder: Recorder) -> None:
    """Celery sends the headers again with a retry, so the first attempt's span travels on."""
    app = Celery("mail", broker="memory://", backend="cache+memory://")
    app.conf.update(task_default_queue="mail", worker_hijack_root_logger=False)

    @app.task(bind=True, max_retries=1)
    def send_mail(task: Any) -> str:
        request = task.request
        try:
            with bind_job_context(
                request.headers,
                queue_name="mail",
                job_id=request.id,
                attempt=request.retries + 1,
                messaging_system="celery",
                tracer_provider=recorder.tracer_provider,
            ):
                if not request.retries:
                    raise ConnectionError("mail server refused")
        except ConnectionError as error:
            raise task.retry(exc=error, countdown=0) from error
        return "sent"

    with start_worker(app, pool="threads", perform_ping_check=False, loglevel=logging.CRITICAL):
        headers: dict[str, str] = {}
        with publish_job("mail", "j-1", messaging_system="celery", tracer_provider=recorder.tracer_provider):
            inject_job_context(headers)
            result = send_mail.apply_async(headers=headers, task_id="j-1")
        assert result.get(timeout=60) == "sent"
    assert_first_attempt_and_retry(recorder)


def test_huey_carries_the_context_as_an_argument(recorder: Recorder, tmp_path: Path) -> None:
    """huey has no headers: the metadata is an argument, which its retry sends again as the first attempt left it."""
    huey = SqliteHuey("mail", filename=str(tmp_path / "queue.db"), results=False)
    sent = Event()

    @huey.task(retries=1, context=True)
    def send_mail(metadata: dict[str, str], task: Any = None) -> None:
        with bind_job_context(
            metadata,
            queue_name="mail",
            job_id=task.id,
            messaging_system="huey",
            tracer_provider=recorder.tracer_provider,
        ) as span:
            if span.attributes["correlator.job.attempt"] == 1:
                raise ConnectionError("mail server refused")
        sent.set()

    with publish_job("mail", "j-1", messaging_system="huey", tracer_provider=recorder.tracer_provider):
        metadata: dict[str, str] = {}
        inject_job_context(metadata)
        send_mail(metadata)
    consumer = Consumer(huey, workers=1, worker_type="thread", initial_delay=0.01, max_delay=0.05, periodic=False)
    consumer.start()
    try:
        assert sent.wait(timeout=60)
    finally:
        consumer.stop(graceful=True)
    assert_first_attempt_and_retry(recorder)
