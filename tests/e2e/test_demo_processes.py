"""The demo's bridge and worker as real processes, and n8n's story played into them."""

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from correlator.demo.processes import DemoProcesses, ProcessFailed, demo_processes
from correlator.demo.recording import EXPLAINED_TRACE_ID, RecordedTrace, load_recording, spans_of
from correlator.demo.story import StoryFailed, play_story
from tests.e2e.otlp_receiver import ReceivedSpan, Receiver, otlp_receiver

WAIT_S = 60.0
RECORDING = load_recording()
BODY = {"item": {}, "execution_id": "1", "workflow_id": "w", "workflow_name": "lab"}

HOLD_PROCESSES = """
import json, sys, time
from pathlib import Path
from correlator.demo.processes import demo_processes
with demo_processes(Path(sys.argv[1]), sys.argv[2]) as processes:
    print(json.dumps([processes.bridge_pid, processes.worker_pid]), flush=True)
    time.sleep(600)
"""


def wait_until(is_true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WAIT_S
    while not is_true():
        assert time.monotonic() < deadline, f"not within {WAIT_S} s: {what}"
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def by_name(received: list[ReceivedSpan], service_name: str, name: str) -> list[Span]:
    return [item.span for item in received if item.service_name == service_name and item.span.name == name]


def recorded(trace_id: str) -> RecordedTrace:
    return next(trace for trace in RECORDING if trace.trace_id == trace_id)


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with otlp_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def processes(receiver: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoProcesses]:
    with demo_processes(tmp_path_factory.mktemp("demo"), receiver.url, job_timeout_s=5.0) as processes:
        yield processes


@pytest.fixture(scope="module")
def story(receiver: Receiver, processes: DemoProcesses) -> Receiver:
    """The receiver, with the whole story told to it."""
    play_story(RECORDING, otlp_url=receiver.url, bridge_url=processes.bridge_url)
    wait_until(lambda: all_arrived(receiver), "spans of bridge and worker for every call")
    return receiver


def all_arrived(receiver: Receiver) -> bool:
    """A server span, a producer span and a consumer span for each call."""
    return all(
        len(by_name(receiver.spans(trace.trace_id), service, name)) == len(trace.calls)
        for trace in RECORDING
        for service, name in (("worker", "process invoices"), ("bridge", "send invoices"))
    ) and all(
        len([item for item in receiver.spans(trace.trace_id) if item.span.kind == Span.SPAN_KIND_SERVER])
        == len(trace.calls)
        for trace in RECORDING
    )


def test_failing_call_is_one_chain_from_n8n_to_the_worker(story: Receiver) -> None:
    """Node, server, producer, consumer and step hang below each other under n8n's trace id."""
    spans = story.spans(EXPLAINED_TRACE_ID)
    (server,) = by_name(spans, "bridge", "POST /jobs/fail")
    (producer,) = by_name(spans, "bridge", "send invoices")
    (consumer,) = by_name(spans, "worker", "process invoices")
    (step,) = by_name(spans, "worker", "render_invoice")
    assert server.parent_span_id.hex() == recorded(EXPLAINED_TRACE_ID).calls[0].node_span_id
    assert producer.parent_span_id == server.span_id
    assert consumer.parent_span_id == producer.span_id
    assert step.parent_span_id == consumer.span_id


def test_fault_is_the_workers_own(story: Receiver) -> None:
    """The step says what is wrong; the bridge only says that it answered 500."""
    spans = story.spans(EXPLAINED_TRACE_ID)
    (step,) = by_name(spans, "worker", "render_invoice")
    (server,) = by_name(spans, "bridge", "POST /jobs/fail")
    assert step.status.code == Status.STATUS_CODE_ERROR
    message = next(item.value.string_value for item in step.events[0].attributes if item.key == "exception.message")
    assert message == "template 'invoice' needs field 'customer.vat_id'"
    assert server.status.code == Status.STATUS_CODE_ERROR
    assert not server.events


def test_worker_and_bridge_log_the_failure(story: Receiver) -> None:
    """Each logs it under the trace id: the worker with its exception, the bridge that a job failed."""
    wait_until(lambda: len(story.logs(EXPLAINED_TRACE_ID)) >= 2, "two log records of the failing trace")
    logs = {record.body.string_value: record for record in story.logs(EXPLAINED_TRACE_ID)}
    assert set(logs) == {"job_failed", "invoice_failed"}
    assert "TemplateFieldMissing" in str(logs["invoice_failed"].attributes)
    assert {record.severity_text for record in logs.values()} == {"ERROR"}


def test_retries_arrive_under_the_same_parent(story: Receiver) -> None:
    """Three server spans below one node span."""
    trace = next(trace for trace in RECORDING if len(trace.calls) == 3)
    servers = by_name(story.spans(trace.trace_id), "bridge", "POST /jobs/fail")
    assert {server.parent_span_id.hex() for server in servers} == {trace.calls[0].node_span_id}
    assert len({server.span_id for server in servers}) == 3


def test_every_span_of_n8n_is_sent_as_n8n_sends(story: Receiver) -> None:
    """All recorded spans arrive once, chunked, as protobuf."""
    for trace in RECORDING:
        sent = [item.span.span_id for item in story.spans(trace.trace_id) if item.service_name == "n8n"]
        assert sorted(sent) == sorted(span.span_id for span in spans_of(trace.request))
    ours = [headers for _, headers, _ in story.bodies if headers.get("user-agent") == "correlator-demo"]
    assert {headers.get("transfer-encoding") for headers in ours} == {"chunked"}


def test_call_starts_within_its_node(story: Receiver) -> None:
    """Rebased, n8n's node span starts before the bridge's server span, and nothing is in the future."""
    for trace in RECORDING:
        spans = story.spans(trace.trace_id)
        servers = [item.span for item in spans if item.span.kind == Span.SPAN_KIND_SERVER]
        for server in servers:
            node = next(item.span for item in spans if item.span.span_id == server.parent_span_id)
            assert node.start_time_unix_nano <= server.start_time_unix_nano <= time.time_ns()


def test_failed_job_answers_500_with_code_and_ids(processes: DemoProcesses) -> None:
    """The answer's body is that of the recorded bridge; the trace is in its headers."""
    answer = httpx.post(
        f"{processes.bridge_url}/jobs/fail", json=BODY, headers={"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
    )
    assert answer.status_code == 500
    assert answer.json().keys() == {"error", "code", "job_id", "trace_id"}
    assert (answer.json()["code"], answer.json()["trace_id"]) == ("E_BRIDGE", "a" * 32)
    assert answer.headers["x-trace-id"] == "a" * 32


def test_slow_job_is_waited_for(processes: DemoProcesses) -> None:
    """Within its bound the bridge waits."""
    answer = httpx.post(f"{processes.bridge_url}/jobs/slow", json=BODY, timeout=WAIT_S)
    assert answer.json()["ok"] is True


def test_body_of_another_shape_is_refused(processes: DemoProcesses) -> None:
    """The bridge validates what it queues."""
    assert httpx.post(f"{processes.bridge_url}/jobs", json={"item": 1}).status_code == 422


def test_other_answer_than_recorded_stops_the_story(receiver: Receiver, processes: DemoProcesses) -> None:
    """The story says which call went otherwise."""
    trace = recorded(EXPLAINED_TRACE_ID)
    with pytest.raises(StoryFailed, match=r"answered 404, recorded was 500"):
        play_story([trace], otlp_url=receiver.url, bridge_url=f"{processes.bridge_url}/elsewhere")


def test_closed_door_stops_the_story(processes: DemoProcesses) -> None:
    """An engine that is not there is named, with its address."""
    with pytest.raises(StoryFailed, match=r"OTLP door did not answer at http://127.0.0.1:1/v1/traces"):
        play_story([recorded(EXPLAINED_TRACE_ID)], otlp_url="http://127.0.0.1:1", bridge_url=processes.bridge_url)


def test_two_demos_at_once_with_a_short_bound(receiver: Receiver, processes: DemoProcesses, tmp_path: Path) -> None:
    """A second pair has its own ports and queue; past its bound, its bridge answers 504; then it is gone, all of it."""
    with demo_processes(tmp_path, receiver.url, job_timeout_s=0.5) as second:
        assert second.bridge_url != processes.bridge_url
        answer = httpx.post(f"{second.bridge_url}/jobs/slow", json=BODY)
        assert (answer.status_code, answer.json()["code"]) == (504, "E_BRIDGE_TIMEOUT")
    assert not is_running(second.bridge_pid)
    assert not is_running(second.worker_pid)
    assert is_running(processes.bridge_pid)


def test_processes_end_with_an_exception(receiver: Receiver, tmp_path: Path) -> None:
    """Whatever goes wrong in between, both are ended."""
    with pytest.raises(ZeroDivisionError), demo_processes(tmp_path, receiver.url) as processes:
        raise ZeroDivisionError
    assert not is_running(processes.bridge_pid)
    assert not is_running(processes.worker_pid)


def test_child_that_cannot_start_is_told_with_its_words(receiver: Receiver, tmp_path: Path) -> None:
    """The error quotes what the child wrote."""
    (tmp_path / "jobs.db").mkdir()
    with (
        pytest.raises(ProcessFailed, match=r"(?s)ended before it was ready.*unable to open database file"),
        demo_processes(tmp_path, receiver.url),
    ):
        pass


def end(parent: "subprocess.Popen[bytes]", signum: signal.Signals) -> None:
    """Again if need be, as a person would: Python drops a Ctrl-C that meets it within a finalizer."""
    while parent.poll() is None:
        parent.send_signal(signum)
        with contextlib.suppress(subprocess.TimeoutExpired):
            parent.wait(60)


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
def test_children_end_however_their_parent_ends(receiver: Receiver, tmp_path: Path, signum: signal.Signals) -> None:
    """Ctrl-C, kill and kill -9 of the parent leave no process; where the parent could not tidy up, no folder either."""
    folder = tmp_path / "demo"
    folder.mkdir()
    arguments = [sys.executable, "-c", HOLD_PROCESSES, str(folder), receiver.url]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as parent:
        assert parent.stdout is not None
        pids = json.loads(parent.stdout.readline())
        end(parent, signum)
    wait_until(lambda: not any(is_running(pid) for pid in pids), f"processes {pids} ended")
    assert folder.exists() == (signum == signal.SIGINT)
