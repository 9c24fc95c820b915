"""The demo's bridge and workers on a real Redis: the main path, and each fault by what it leaves in telemetry."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from correlator.demo.processes import child_process
from correlator.payload import payload_hash
from tests.e2e.otlp_receiver import Receiver, otlp_receiver
from tests.e2e.redis_process import redis_process
from tests.unit.demo.http_receiver import http_receiver

WAIT_S = 60.0
LABEL = "story-label-that-nobody-may-export"
TEMPLATE = {"template": "Hi $name", "fields": {"name": "Ann"}}


@dataclass(frozen=True, slots=True)
class Stack:
    """The running services, and all that they told."""

    url: str
    queue_url: str
    truth: Path
    supervisor_pid: int
    worker_log: Path
    received: Receiver


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call gave, and how to find its telemetry."""

    status: int
    body: dict[str, Any]
    headers: httpx.Headers
    trace_id: str
    duration_s: float


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("services")
    with (
        otlp_receiver() as received,
        redis_process(folder) as queue_url,
        services(folder, queue_url, received) as stack,
    ):
        yield stack


@contextmanager
def services(folder: Path, queue_url: str, received: Receiver) -> Iterator[Stack]:
    """A bridge, two workers under a supervisor, a worker of an older release."""
    truth = folder / "truth.jsonl"
    shared = ("--queue", queue_url, "--otlp-endpoint", received.url, "--end-with-stdin")
    os.environ["CORRELATOR_DEMO_TRUTH"] = str(truth)
    try:
        with (
            child_process("bridge", shared, folder / "bridge.log") as bridge,
            child_process("worker", (*shared, "--processes", "2"), folder / "worker.log") as worker,
            child_process("worker", (*shared, "--stale"), folder / "stale.log") as stale,
        ):
            worker.wait_until_ready()
            stale.wait_until_ready()
            address = bridge.wait_until_ready()["address"]
            yield Stack(f"http://{address}", queue_url, truth, worker.pid, folder / "worker.log", received)
    finally:
        del os.environ["CORRELATOR_DEMO_TRUTH"]


def call(stack: Stack, fault: str = "", *, headers: dict[str, str] | None = None, **body: Any) -> Answer:
    """One call of n8n's, under a trace and execution id of its own."""
    caller = os.urandom(16).hex()
    document = {"workflow_id": "wf1", "execution_id": "e7", "data": TEMPLATE, "processing_type": "template_render"}
    document = {name: value for name, value in {**document, "timeout": 15, **body}.items() if value is not None}
    sent = {
        "traceparent": f"00-{caller}-{'b' * 16}-01",
        "x-n8n-execution-id": "7",
        "x-demo-story": LABEL,
        **({"x-demo-fault": fault} if fault else {}),
        **(headers or {}),
    }
    begun = time.monotonic()
    answer = httpx.post(f"{stack.url}/api/v1/hybrid-processing", json=document, headers=sent, timeout=60)
    return Answer(answer.status_code, answer.json(), answer.headers, caller, time.monotonic() - begun)


def wait_until(is_true: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + WAIT_S
    while not is_true():
        assert time.monotonic() < deadline, f"not within {WAIT_S} s: {what}"
        time.sleep(0.05)


def await_span(stack: Stack, name: str, trace_id: str | None = None, job_id: str = "") -> Span:
    """The span of this name, once it came."""

    def found() -> list[Span]:
        return [
            item.span
            for item in stack.received.spans(trace_id)
            if item.span.name == name and job_id in ("", attributes(item.span).get("correlator.job.id"))
        ]

    wait_until(found, f"span {name} of trace {trace_id} {job_id}")
    return found()[0]


def await_log(stack: Stack, event: str, trace_id: str | None = None, **fields: str) -> LogRecord:
    """The log record of this event, once it came."""

    def found() -> list[LogRecord]:
        return [
            record
            for record in stack.received.logs(trace_id)
            if record.body.string_value == event and fields.items() <= attributes(record).items()
        ]

    wait_until(found, f"log record {event} of trace {trace_id} {fields}")
    return found()[0]


def attributes(record: Span | LogRecord) -> dict[str, Any]:
    return {item.key: item.value.string_value or item.value.int_value for item in record.attributes}


def exception(span: Span) -> tuple[str, str]:
    """Type and message of the span's exception event."""
    event = next(event for event in span.events if event.name == "exception")
    fields = {item.key: item.value.string_value for item in event.attributes}
    return fields["exception.type"].rpartition(".")[2], fields["exception.message"]


def is_error(span: Span) -> bool:
    return bool(span.status.code == Status.STATUS_CODE_ERROR)


def test_main_path_is_one_trace_from_n8n_to_the_worker(stack: Stack) -> None:
    """Server, producer, consumer and step hang below each other under n8n's trace id; the answer holds the item."""
    answer = call(stack)
    server = await_span(stack, "POST /api/v1/hybrid-processing", answer.trace_id)
    producer = await_span(stack, "send work", answer.trace_id)
    consumer = await_span(stack, "process work", answer.trace_id)
    step = await_span(stack, "render_template", answer.trace_id)
    assert (answer.status, answer.body["items"]) == (200, [{"json": {"text": "Hi Ann"}, "pairedItem": [{"item": 0}]}])
    assert answer.body["trace_id"] == answer.trace_id
    assert server.parent_span_id.hex() == "b" * 16
    assert [producer.parent_span_id, consumer.parent_span_id] == [server.span_id, producer.span_id]
    assert step.parent_span_id == consumer.span_id


def test_bridge_and_worker_name_the_same_payload(stack: Stack) -> None:
    """By its hash, which n8n's own records give too."""
    answer = call(stack)
    for name in ("POST /api/v1/hybrid-processing", "process work"):
        span = await_span(stack, name, answer.trace_id)
        assert attributes(span)["correlator.payload.hash"] == payload_hash(TEMPLATE)


@pytest.mark.parametrize("leave_out", ["data", "processing_type"])
def test_call_without_a_field_is_told_which(stack: Stack, leave_out: str) -> None:
    """422 as problem+json, and a log record at the bridge."""
    body = {"workflow_id": "w", "execution_id": "e", "data": {}, "processing_type": "validation"}
    del body[leave_out]
    answer = httpx.post(f"{stack.url}/api/v1/hybrid-processing", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["field"] == leave_out
    await_log(stack, "request_refused", answer.json()["trace_id"], field=leave_out)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"timeout": 1e999}'])
def test_body_that_is_no_call_is_refused(stack: Stack, body: bytes) -> None:
    """Whatever it is, the answer is a 422."""
    answer = httpx.post(f"{stack.url}/api/v1/hybrid-processing", content=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "E_VALIDATION")


def test_unknown_fault_is_refused(stack: Stack) -> None:
    """A typing error of the driver's must not look like a call without a fault."""
    answer = call(stack, "worker_explosion")
    assert (answer.status, "worker_explosion" in answer.body["detail"]) == (422, True)


def test_worker_exception_keeps_its_cause_to_the_caller(stack: Stack) -> None:
    """n8n's item error reads what the worker raised; both ends log it under one correlation id."""
    answer = call(stack, "worker_exception", headers={"x-correlation-id": "c-17"})
    cause = {"type": "ValueError", "message": "could not convert string to float: '12,50'"}
    assert (answer.status, answer.body["code"], answer.body["cause"]) == (500, "E_JOB_FAILED", cause)
    assert answer.body["correlation_id"] == answer.headers["x-correlation-id"] == "c-17"
    step = await_span(stack, "compute_discount", answer.trace_id)
    assert exception(step) == ("ValueError", cause["message"])
    assert is_error(await_span(stack, "process work", answer.trace_id))
    assert is_error(await_span(stack, "POST /api/v1/hybrid-processing", answer.trace_id))
    await_log(stack, "template_failed", answer.trace_id, correlation_id="c-17")
    await_log(stack, "job_failed", answer.trace_id, correlation_id="c-17", cause_type="ValueError")


def test_slow_worker_is_a_timeout_at_the_bridge_and_success_at_the_worker(stack: Stack) -> None:
    """504 within the caller's time; the worker's span is longer and without error."""
    answer = call(stack, "slow_worker", timeout=1)
    assert (answer.status, answer.body["code"]) == (504, "E_BRIDGE_TIMEOUT")
    assert answer.body["cause"]["type"] == "JobTimeout"
    consumer = await_span(stack, "process work", answer.trace_id)
    assert not is_error(consumer)
    assert consumer.end_time_unix_nano - consumer.start_time_unix_nano > 1.4e9
    await_log(stack, "request_failed", answer.trace_id, code="E_BRIDGE_TIMEOUT")


def test_bridge_timeout_is_the_bridges_own(stack: Stack) -> None:
    """The worker is quick; the bridge's own step takes the time."""
    answer = call(stack, "bridge_timeout", timeout=3)
    assert (answer.status, answer.body["code"]) == (504, "E_BRIDGE_LATE")
    consumer = await_span(stack, "process work", answer.trace_id)
    step = await_span(stack, "write_audit_log", answer.trace_id)
    assert not is_error(consumer)
    assert step.end_time_unix_nano - step.start_time_unix_nano > 1e9  # it goes on when the three seconds are over
    await_log(stack, "template_rendered", answer.trace_id)


def test_bad_gateway_is_an_answer_that_cannot_be_read(stack: Stack) -> None:
    """502, an error on the client span, and no job."""
    answer = call(stack, "bad_gateway")
    assert (answer.status, answer.body["cause"]["type"]) == (502, "JSONDecodeError")
    await_log(stack, "request_failed", answer.trace_id, code="E_BAD_GATEWAY")
    assert exception(await_span(stack, "GET", answer.trace_id))[0] == "BadGateway"
    assert not [item for item in stack.received.spans(answer.trace_id) if item.span.name.startswith("send ")]


def test_validation_error_is_a_release_that_asks_for_more(stack: Stack) -> None:
    """The field that callers do not send is named; for the bridge it is the caller's error, not its own."""
    answer = call(stack, "validation_error")
    assert (answer.status, answer.body["field"]) == (422, "consent")
    assert not is_error(await_span(stack, "POST /api/v1/hybrid-processing", answer.trace_id))
    await_log(stack, "request_refused", answer.trace_id, field="consent")


def test_refused_dependency_is_tried_again_and_then_a_dead_letter(stack: Stack) -> None:
    """Three attempts, further and further apart, the later two in traces of their own that link to the first."""
    answer = call(stack, "dependency_refused")
    assert (answer.status, answer.body["cause"]["type"]) == (503, "ConnectionRefusedError")
    job_id = answer.body["job_id"]

    def attempts() -> list[Span]:
        spans = [item.span for item in stack.received.spans() if item.span.name == "process work"]
        return [span for span in spans if attributes(span)["correlator.job.id"] == job_id]

    wait_until(lambda: len(attempts()) == 3, "three attempts")
    first, second, third = sorted(attempts(), key=lambda span: span.start_time_unix_nano)
    assert first.trace_id.hex() == answer.trace_id
    assert first.span_id in {link.span_id for link in second.links} & {link.span_id for link in third.links}
    assert all(is_error(span) for span in (first, second, third))
    assert second.start_time_unix_nano - first.end_time_unix_nano >= 0.5e9
    assert third.start_time_unix_nano - second.end_time_unix_nano >= 1e9
    connect = await_span(stack, "connect_archive", answer.trace_id)
    assert exception(connect)[0] == "ConnectionRefusedError"
    letters = httpx.get(f"{stack.url}/api/v1/dead-letters").json()
    (letter,) = [letter for letter in letters if letter["job_id"] == job_id]
    assert (letter["reason"], letter["attempts"]) == ("retries_exhausted", 3)
    wait_until(lambda: stack.received.metrics("jobs.dead_letters"), "the count of dead letters")


def test_poison_job_kills_three_workers_and_no_other_job(stack: Stack) -> None:
    """Each death is told by a span in the job's name; then the job is buried, and the queue works on."""
    with ThreadPoolExecutor() as pool:
        poisoned = pool.submit(call, stack, "poison_job", timeout=40)
        time.sleep(0.3)
        healthy = pool.submit(call, stack, timeout=40)
        answer = poisoned.result()
        assert healthy.result().status == 200
    assert (answer.status, answer.body["code"], answer.body["cause"]["type"]) == (500, "E_WORKER_DIED", "WorkerDied")
    recover = await_span(stack, "recover work", answer.trace_id)
    assert exception(recover)[0] == "WorkerDied"
    await_log(stack, "worker_died", answer.trace_id)
    await_log(stack, "worker_process_died")
    assert call(stack).status == 200


def test_partial_success_names_the_item_that_failed(stack: Stack) -> None:
    """200 with both; the failed item is logged as an error where it failed, and at the bridge."""
    answer = call(stack, "partial_success")
    assert (answer.status, answer.body["status"]) == (200, "partial")
    assert [item["pairedItem"] for item in answer.body["items"]] == [[{"item": 0}], [{"item": 2}]]
    assert [failure["item"] for failure in answer.body["failed"]] == [1]
    assert await_log(stack, "item_failed", answer.trace_id).severity_text == "ERROR"
    assert await_log(stack, "job_partly_failed", answer.trace_id).severity_text == "ERROR"
    assert not is_error(await_span(stack, "POST /api/v1/hybrid-processing", answer.trace_id))


def test_memory_pressure_is_a_memory_error_and_seen_in_the_metric(stack: Stack) -> None:
    """The worker's memory rises by what the job took; afterwards it works on."""
    answer = call(stack, "memory_pressure")
    assert (answer.status, answer.body["cause"]["type"]) == (500, "MemoryError")
    assert exception(await_span(stack, "load_attachments", answer.trace_id))[0] == "MemoryError"
    readings = [
        point.as_int for metric in stack.received.metrics("process.memory.usage") for point in metric.sum.data_points
    ]
    assert max(readings) - min(readings) > 30e6
    assert call(stack).status == 200


def test_dropped_context_leaves_no_trace_of_the_caller(stack: Stack) -> None:
    """Another trace, without n8n's ids where the body has none either; only the payload's hash is the same."""
    answer = call(stack, "dropped_context", workflow_id=None, execution_id=None)
    own_trace = answer.body["trace_id"]
    assert (answer.status, own_trace != answer.trace_id) == (200, True)
    server = await_span(stack, "POST /api/v1/hybrid-processing", own_trace)
    assert not server.parent_span_id
    assert "n8n.execution.id" not in attributes(server)
    assert attributes(server)["correlator.payload.hash"] == payload_hash(TEMPLATE)


def test_body_names_the_execution_where_its_headers_were_dropped(stack: Stack) -> None:
    """Two faults by a comma happen both: the trace is another, and the worker fails in it."""
    answer = call(stack, "dropped_context,worker_exception")
    consumer = await_span(stack, "process work", answer.body["trace_id"])
    assert (answer.status, answer.body["trace_id"] != answer.trace_id) == (500, True)
    assert attributes(consumer)["n8n.execution.id"] == "e7"


def test_dropped_job_context_breaks_between_bridge_and_worker(stack: Stack) -> None:
    """The consumer span is a root without links; the job's id is what is left."""
    answer = call(stack, "dropped_job_context")
    consumer = await_span(stack, "process work", job_id=answer.body["job_id"])
    assert consumer.trace_id.hex() != answer.trace_id
    assert not consumer.links
    assert "n8n.execution.id" not in attributes(consumer)


def test_stale_deploy_is_an_older_release_that_does_not_know_the_job(stack: Stack) -> None:
    """The error names both versions, and the resource the older one."""
    answer = call(stack, "stale_deploy")
    assert (answer.status, answer.body["cause"]["type"]) == (500, "UnknownJobSchema")
    assert exception(await_span(stack, "process stale", answer.trace_id))[0] == "UnknownJobSchema"
    await_log(stack, "template_failed", answer.trace_id)
    assert any(b"1.4.0" in body for path, _, body in stack.received.bodies if path == "/v1/traces")


def test_same_key_queues_one_job_and_answers_its_result(stack: Stack) -> None:
    """Also while the first one runs; the key is on the spans of both ends."""
    key = os.urandom(8).hex()
    with ThreadPoolExecutor() as pool:
        calls = [pool.submit(call, stack, headers={"idempotency-key": key}) for _ in range(4)]
        answers = [pending.result() for pending in calls]
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body["job_id"] for answer in answers}) == 1
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 3
    consumer = await_span(stack, "process work", job_id=answers[0].body["job_id"])
    assert attributes(consumer)["correlator.job.idempotency_key"] == key
    other = call(stack, headers={"idempotency-key": key}, data={**TEMPLATE, "template": "Bye $name"})
    assert (other.status, other.body["code"]) == (422, "E_IDEMPOTENCY_KEY_REUSED")


def test_node_that_n8n_runs_again_queues_one_job(stack: Stack) -> None:
    """Execution, node and item make a key where no header does."""
    execution_id = os.urandom(4).hex()
    first, second = (call(stack, execution_id=execution_id, node="Call Bridge", item=2) for _ in range(2))
    other_item = call(stack, execution_id=execution_id, node="Call Bridge", item=3)
    assert first.body["job_id"] == second.body["job_id"] != other_item.body["job_id"]


def test_callback_tells_the_result_within_the_trace(stack: Stack) -> None:
    """202 at once; the callback has the result, the ids, and the trace's headers; two refusals are tried again."""
    with http_receiver(503, 503, 200) as hook:
        answer = call(stack, callback_url=hook.url)
        assert (answer.status, answer.body["status"]) == (202, "queued")
        wait_until(lambda: len(hook.received) == 3, "three deliveries")
    headers, body = hook.received[-1]
    assert body["kind"] == "completed"
    assert (body["execution_id"], body["workflow_id"], body["job_id"]) == ("e7", "wf1", answer.body["job_id"])
    assert body["result"]["items"][0]["json"] == {"text": "Hi Ann"}
    assert headers["traceparent"].split("-")[1] == body["trace_id"] == answer.trace_id
    assert headers["x-n8n-execution-id"] == "7"
    await_log(stack, "callback_delivered", answer.trace_id)


def test_callback_of_a_failed_job_has_its_cause(stack: Stack) -> None:
    """Kind failed, with what the worker raised."""
    with http_receiver(200) as hook:
        call(stack, "worker_exception", callback_url=hook.url)
        wait_until(lambda: hook.received, "the callback")
    body = hook.received[0][1]
    assert (body["kind"], body["error"]["type"]) == ("failed", "ValueError")


def test_receiver_that_is_gone_costs_no_result(stack: Stack) -> None:
    """The failed callback is logged and counted; the job's outcome can be asked for."""
    workflow_id = os.urandom(4).hex()
    answer = call(stack, callback_url="http://127.0.0.1:1/hook", workflow_id=workflow_id)
    await_log(stack, "callback_failed", answer.trace_id)
    (job,) = httpx.get(f"{stack.url}/api/v1/status/{workflow_id}").json()["jobs"]
    assert (job["status"], job["job_id"]) == ("completed", answer.body["job_id"])
    wait_until(lambda: stack.received.metrics("callbacks"), "the count of callbacks")


def test_status_of_an_unknown_workflow_is_404(stack: Stack) -> None:
    """Absence is said."""
    assert httpx.get(f"{stack.url}/api/v1/status/nobody").status_code == 404


def test_mail_is_sent_over_smtp(stack: Stack) -> None:
    """To the stub, by way of the mail queue; an item without an address is refused by name."""
    sent = call(stack, processing_type="email_send", data={"to": "a@b.example", "subject": "x", "body": "y"})
    assert (sent.status, sent.body["items"][0]["json"]) == (200, {"sent": True, "subject": "x"})
    await_span(stack, "smtp_send", sent.trace_id)
    await_span(stack, "process mail", sent.trace_id)
    refused = call(stack, processing_type="email_send", data={"subject": "x"})
    assert refused.body["cause"] == {"type": "MailRefused", "message": "json.to: is missing"}


def test_validation_tells_which_field_is_wrong(stack: Stack) -> None:
    """By the JSON path in the record."""
    answer = call(stack, processing_type="validation", data={"record": {"order_id": "o-1", "total": -2}})
    assert answer.body["cause"]["message"] == "$.total: -2 is less than the minimum of 0"


def test_large_payload_goes_to_the_bulk_queue(stack: Stack) -> None:
    """By rule; and the queues' depths and delays are told."""
    answer = call(stack, data={**TEMPLATE, "ballast": "x" * 70_000})
    await_span(stack, "process bulk", answer.trace_id)
    wait_until(lambda: stack.received.metrics("correlator.queue.depth"), "the depth metric")
    wait_until(lambda: stack.received.metrics("correlator.queue.delay"), "the delay metric")


def test_killed_worker_loses_no_job(stack: Stack) -> None:
    """kill -9 in the middle of a job: another worker runs it again, and the caller has its result."""
    workflow_id = os.urandom(4).hex()
    answer = call(stack, "slow_worker", callback_url="http://127.0.0.1:1/", timeout=2, workflow_id=workflow_id)
    status_url = f"{stack.url}/api/v1/status/{workflow_id}"
    wait_until(lambda: httpx.get(status_url).json()["jobs"][0]["status"] == "running", "the job runs")
    for pid in child_pids(stack.supervisor_pid):
        os.kill(pid, signal.SIGKILL)
    consumer = await_span(stack, "process work", job_id=answer.body["job_id"])
    assert attributes(consumer)["correlator.job.attempt"] == 2
    assert consumer.trace_id.hex() != answer.trace_id
    assert not is_error(consumer)
    await_log(stack, "worker_died", answer.trace_id)


def child_pids(pid: int) -> list[int]:
    return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_labels_are_written_down_and_exported_nowhere(stack: Stack) -> None:
    """A line for each server, producer and consumer span and each callback; the label is in no telemetry."""
    with http_receiver(200) as hook:
        answer = call(stack, callback_url=hook.url)
        wait_until(lambda: hook.received, "the callback")
    assert hook.received[0][0]["x-demo-story"] == LABEL
    assert LABEL not in json.dumps(hook.received[0][1])
    await_log(stack, "callback_delivered", answer.trace_id)
    wait_until(lambda: len(stack.received.spans(answer.trace_id)) >= 5, "all spans")
    lines = [json.loads(line) for line in stack.truth.read_text().splitlines()]
    told = {line["span_id"] for line in lines if line["trace_id"] == answer.trace_id}
    kinds = (Span.SPAN_KIND_SERVER, Span.SPAN_KIND_PRODUCER, Span.SPAN_KIND_CONSUMER)
    spans = [item.span for item in stack.received.spans(answer.trace_id)]
    assert {span.span_id.hex() for span in spans if span.kind in kinds} | {
        span.span_id.hex() for span in spans if span.name == "POST"
    } == told
    assert {line["system"] for line in lines} == {"bridge", "worker"}
    assert not [path for path, _, body in stack.received.bodies if LABEL.encode() in body]
