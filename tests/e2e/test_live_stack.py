"""The live stack: a real n8n, Redis, bridge, workers and engine, and what the engine makes of their broken stories."""

import time
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

import httpx
import pytest

from correlator.semconv import KIND_CONSUMER
from tests.stack.n8n_process import why_absent
from tests.stack.redis_process import redis_command
from tests.stack.stack import Stack

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(420),
    pytest.mark.skipif(why_absent() is not None, reason=str(why_absent())),
    pytest.mark.skipif(redis_command() is None, reason="redis-server is not installed"),
]
ORDER: Final = {"template": "Invoice $order for $customer", "fields": {"customer": "acme", "order": 1001}}
POLL_S: Final = 0.5
T = TypeVar("T")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One stack for all tests here: n8n takes most of a minute to start."""
    running = Stack(tmp_path_factory.mktemp("stack"), n8n_settings={"interval": "2s", "grace": "3s"})
    yield running
    running.stop()


def call(stack: Stack, workflow: str, fault: str = "", **more: Any) -> httpx.Response:
    """Call a workflow whose bridge call meets `fault`."""
    body = {"data": ORDER, "processing_type": "template_render", "timeout": 2, **more}
    return stack.call(workflow, body, {"x-demo-fault": fault})


def within(seconds: float, look: Callable[[], T | None]) -> T:
    """What `look` finds, as soon as it finds anything; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (found := look()) is not None:
            return found
        time.sleep(POLL_S)
    raise AssertionError(f"nothing was found within {seconds:g} s")


def ask(stack: Stack, path: str) -> Any:
    """The engine's answer; None where it has none yet, or is not there."""
    try:
        response = httpx.get(f"{stack.engine.api}/api/v1/{path}", timeout=10)
    except httpx.TransportError:
        return None
    return response.json() if response.is_success else None


def newest_execution(stack: Stack, workflow: str, after: int = 0) -> Any:
    """n8n's newest execution of a workflow, with its data; None where none is newer than `after`."""
    listed = stack.n8n_api.executions(workflowId=stack.workflows[workflow])
    ids = [int(each["id"]) for each in listed if int(each["id"]) > after]
    return stack.n8n_api.execution(str(max(ids))) if ids else None


def run(stack: Stack, workflow: str, fault: str = "", **more: Any) -> Any:
    """Call a workflow; the execution that this was, as soon as n8n lists it: it lists none that runs."""
    before = newest_id(stack)
    call(stack, workflow, fault, **more)
    return within(60, lambda: newest_execution(stack, workflow, before))


def newest_id(stack: Stack) -> int:
    return max((int(each["id"]) for each in stack.n8n_api.executions()), default=0)


def trace_id_of(execution: Any) -> str:
    return str(execution["tracingContext"]["traceparent"].split("-")[1])


def systems(trace: Any) -> set[str]:
    return {span["system"] for span in trace["spans"]}


def n8n_errors(trace: Any) -> list[Any]:
    """The failures that n8n's API told of."""
    return [log for log in trace["logs"] if log["system"] == "n8n" and log["is_error"]]


def worker_attempts(trace: Any) -> dict[str, int]:
    """What workers did with the story's job, `process` or `recover`, to the attempt that they did it in (the last one)."""
    consumed = [span for span in trace["spans"] if span["system"] == "worker" and span["kind"] == KIND_CONSUMER]
    return {span["name"].split()[0]: span["attributes"]["correlator.job.attempt"] for span in consumed}


def is_at_work(stack: Stack, workflow: str, execution_id: str) -> bool:
    """Whether a worker has the execution's job in hand."""
    url = f"{stack.services.bridge_url}/api/v1/status/{stack.workflows[workflow]}"
    jobs = httpx.get(url, timeout=30).json()["jobs"]
    return any((job["execution_id"], job["status"]) == (execution_id, "running") for job in jobs)


def test_a_whole_story_names_the_worker_as_its_cause(stack: Stack) -> None:
    """Nothing is broken but the worker: n8n, bridge and worker are one trace, and the worker failed first."""
    trace_id = trace_id_of(run(stack, "plain", "worker_exception"))

    def explained() -> Any:
        trace, finding = ask(stack, f"traces/{trace_id}"), ask(stack, f"traces/{trace_id}/root-cause")
        return (trace, finding) if trace and {"n8n", "bridge", "worker"} <= systems(trace) else None

    trace, finding = within(60, explained)
    assert finding["candidates"][0]["system"] == "worker"
    assert trace["trace_ids"] == [trace_id]


def test_a_story_whose_context_was_dropped_is_joined_and_says_how(stack: Stack) -> None:
    """A proxy strips every header: bridge and worker have a trace of their own, joined by the execution's id in the body."""
    trace_id = trace_id_of(run(stack, "plain", "dropped_context,worker_exception"))

    def joined() -> Any:
        trace = ask(stack, f"traces/{trace_id}")
        return trace if trace and {"n8n", "bridge", "worker"} <= systems(trace) else None

    trace = within(60, joined)
    between = [edge for edge in trace["edges"] if edge["from_trace_id"] != edge["to_trace_id"]]
    assert len(trace["trace_ids"]) > 1
    assert between
    assert all(edge["method"] != "same_trace_id" for edge in between)
    alone = ask(stack, f"traces/{trace_id}?story=false")
    assert systems(alone) == {"n8n"}
    assert ask(stack, f"traces/{trace_id}/root-cause")["candidates"][0]["system"] == "worker"


def test_executions_during_an_outage_of_the_engine_are_all_there_afterwards(stack: Stack) -> None:
    """The engine is down while n8n works: what OTLP lost comes from n8n's API, with the detail of each error."""
    before = newest_id(stack)
    stack.engine.stop()
    for fault in ("worker_exception", "", "validation_error", "dependency_refused", ""):
        call(stack, "plain", fault)
    call(stack, "ignore", "bad_gateway")
    time.sleep(12)  # longer than n8n tries to send
    stack.engine.start()
    listed = [each for each in stack.n8n_api.executions() if each["mode"] == "webhook"]
    lost = [each for each in listed if int(each["id"]) > before]
    assert sorted(each["status"] for each in lost) == ["error"] * 3 + ["success"] * 3

    def told(trace_id: str, needs_detail: bool) -> Any:
        trace = ask(stack, f"traces/{trace_id}")
        is_whole = trace and any(span["name"] == "workflow.execute" for span in trace["spans"])
        return trace if is_whole and (n8n_errors(trace) or not needs_detail) else None

    for execution in lost:
        trace_id, is_failed = trace_id_of(stack.n8n_api.execution(execution["id"])), execution["status"] == "error"
        trace = within(60, lambda trace_id=trace_id, is_failed=is_failed: told(trace_id, is_failed))  # type: ignore[misc]
        assert is_failed == any("Call Bridge" in str(log) for log in n8n_errors(trace))


def test_a_killed_n8n_leaves_its_story_whole(stack: Stack) -> None:
    """kill -9 in the middle: the workflow span never comes, the crashed execution is told by n8n's API once it is back."""
    answered = call(stack, "sleep", "worker_exception")
    execution_id = answered.json()["execution_id"]
    trace_id = trace_id_of(stack.n8n_api.execution(execution_id))  # n8n's list does not show what runs
    time.sleep(3)  # of the 8 s that it sleeps, once the bridge has answered
    assert stack.n8n_api.execution(execution_id)["status"] == "running"
    assert stack.n8n.main is not None
    stack.n8n.main.kill()
    stack.n8n.start()

    def whole() -> Any:
        trace = ask(stack, f"traces/{trace_id}")
        if trace is None or not {"n8n", "bridge", "worker"} <= systems(trace):
            return None
        workflows = [span for span in trace["spans"] if span["name"] == "workflow.execute"]
        return next((each for each in workflows if each["attributes"]["n8n.execution.id"] == execution_id), None)

    workflow = within(90, whole)
    assert workflow["attributes"]["n8n.execution.status"] in ("crashed", "error")


def test_a_job_of_a_killed_worker_is_run_again_in_the_same_story(stack: Stack) -> None:
    """kill -9 of the workers while they work: another runs the job again, and the death and both attempts are one story."""
    before = newest_id(stack)
    answered = call(stack, "plain", "slow_worker", callback_url=f"{stack.n8n.url}/webhook/callback")
    execution_id = answered.json()["execution_id"]
    within(60, lambda: is_at_work(stack, "plain", execution_id) or None)
    for worker in stack.services.workers:
        worker.kill()
    stack.services.start_worker("worker-after-kill")
    trace_id = trace_id_of(stack.n8n_api.execution(execution_id))

    def called_back() -> Any:
        return newest_execution(stack, "callback", before)

    def whole() -> Any:
        trace = ask(stack, f"traces/{trace_id}")
        return trace if trace and {"recover", "process"} <= worker_attempts(trace).keys() else None

    within(60, called_back)
    trace = within(60, whole)
    assert {"n8n", "bridge", "worker"} <= systems(trace)
    assert worker_attempts(trace) == {"recover": 1, "process": 2}
