"""Callbacks: retried, within a time, not at all while their host is down; whatever happens, nothing is raised."""

import time
from collections.abc import Iterator

import httpx
import pytest
import stamina

from correlator.demo.jobs.job import PERMANENT_ERROR, ErrorCause, Job, completed, failed
from correlator.demo.worker.callbacks import ATTEMPTS, BREAKER_FAILURES, Callbacks
from tests.unit.demo.http_receiver import http_receiver

NOWHERE = "http://127.0.0.1:1/hook"


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as client:
        yield client


@pytest.fixture(autouse=True)
def quick_retries() -> Iterator[None]:
    """No waiting between attempts, and as many as in earnest."""
    with stamina.set_testing(True, attempts=ATTEMPTS):
        yield


def make_job(callback_url: str) -> Job:
    return Job("j-1", "work", "validation", {}, 1, 30.0, "wf1", "e7", correlation_id="c-1", callback_url=callback_url)


def deliver(callbacks: Callbacks, url: str) -> bool:
    job = make_job(url)
    return callbacks.deliver(job, completed(job, 1, 1_700_000_000_123_000_000, {"items": [], "failed": []}))


def test_document_of_a_completed_job(client: httpx.Client) -> None:
    """All that n8n needs to find its execution again."""
    with http_receiver(200) as hook:
        assert deliver(Callbacks(client, lambda outcome: None), hook.url)
    ((headers, body),) = hook.received
    assert body == {
        "kind": "completed",
        "execution_id": "e7",
        "workflow_id": "wf1",
        "job_id": "j-1",
        "correlation_id": "c-1",
        "timestamp": "2023-11-14T22:13:20.123+00:00",
        "trace_id": "0" * 32,
        "result": {"items": [], "failed": []},
    }
    assert headers["x-correlation-id"] == "c-1"


def test_document_of_a_failed_job(client: httpx.Client) -> None:
    """Its cause, and no result."""
    with http_receiver(200) as hook:
        job = make_job(hook.url)
        Callbacks(client, lambda outcome: None).deliver(
            job, failed(job, 3, 1, ErrorCause("ValueError", "m"), PERMANENT_ERROR)
        )
    body = hook.received[0][1]
    assert (body["kind"], body["error"], "result" in body) == ("failed", {"type": "ValueError", "message": "m"}, False)


def test_error_that_may_pass_is_tried_again(client: httpx.Client) -> None:
    """And delivered in the end."""
    counted: list[str] = []
    with http_receiver(503, 429, 200) as hook:
        assert deliver(Callbacks(client, counted.append), hook.url)
    assert (len(hook.received), counted) == (3, ["delivered"])


def test_refusal_is_not_tried_again_and_opens_no_circuit(client: httpx.Client) -> None:
    """A 404 is the receiver's last word on this job, and no sign that it is down."""
    counted: list[str] = []
    callbacks = Callbacks(client, counted.append)
    with http_receiver(404) as hook:
        assert not any(deliver(callbacks, hook.url) for _ in range(BREAKER_FAILURES + 1))
    assert (len(hook.received), set(counted)) == (BREAKER_FAILURES + 1, {"failed"})


def test_circuit_opens_for_its_host_only_and_closes_again(client: httpx.Client) -> None:
    """While it is open, nothing is sent; after its time, one callback that goes through closes it."""
    counted: list[str] = []
    callbacks = Callbacks(client, counted.append, breaker_reset_s=0.3)
    with http_receiver(*([500] * BREAKER_FAILURES), 200) as hook, http_receiver(200) as other:
        assert [deliver(callbacks, hook.url) for _ in range(3)] == [False, False, False]
        assert len(hook.received) == BREAKER_FAILURES
        assert counted[-1] == "circuit_open"
        assert deliver(callbacks, other.url)
        time.sleep(0.4)
        assert deliver(callbacks, hook.url)
        assert deliver(callbacks, hook.url)
    assert counted[-2:] == ["delivered", "delivered"]


@pytest.mark.parametrize("url", [NOWHERE, "http://[", "http://", "http://no-such-host.invalid/x"])
def test_receiver_that_is_not_there_is_counted(client: httpx.Client, url: str) -> None:
    """Whatever is wrong with the address."""
    counted: list[str] = []
    assert not deliver(Callbacks(client, counted.append), url)
    assert counted == ["failed"]


def test_job_without_callback_is_nothing_to_do(client: httpx.Client) -> None:
    """Nothing is counted."""
    counted: list[str] = []
    assert deliver(Callbacks(client, counted.append), "")
    assert counted == []
