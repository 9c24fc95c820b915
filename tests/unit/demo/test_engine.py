"""Asking the engine: only an answer that is complete and stays the same is taken."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from correlator.demo.engine import EngineClient, NoExplanation

API = "http://engine.test"
TRACE_ID = "c75856d6a6aee7611d18187826107a55"
BOTH = frozenset({"n8n", "worker"})


def finding(summary: str) -> dict[str, Any]:
    candidate = {
        "component": "worker", "operation": "render", "system": "worker", "kind": "exception", "score": 1.0,
        "confidence": 0.9, "fingerprint": "e1", "error_type": "E", "message": "m",
        "evidence": [{"kind": "exception", "subject": "worker", "observed": "E: m", "window": [1, 2], "link": None}],
        "path": [{"component": "worker", "operation": "render", "system": "worker", "span_id": "01", "role": "cause"}],
    }  # fmt: skip
    return {"summary": summary, "abstained": False, "candidates": [candidate], "trace_ids": [TRACE_ID], "new_field": 1}


def engine(moments: list[tuple[list[str], str | None]]) -> EngineClient:
    """An engine that, asked again and again, knows spans of these services, and explains with this sentence."""
    asked: Iterator[tuple[list[str], str | None]] = iter(moments)
    now: list[tuple[list[str], str | None]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == f"/api/v1/traces/{TRACE_ID}":
            now[:] = [next(asked, moments[-1])]
            services = now[0][0]
            return httpx.Response(
                200 if services else 404, json={"spans": [{"service_name": name} for name in services]}
            )
        assert request.url.path == f"/api/v1/traces/{TRACE_ID}/root-cause"
        return httpx.Response(200, json=finding(now[0][1])) if now[0][1] else httpx.Response(404)

    return EngineClient(httpx.Client(transport=httpx.MockTransport(answer)), API)


def test_answer_is_taken_once_all_services_are_there_and_it_stays() -> None:
    """Neither what is said of half a trace, nor what changes with the next record."""
    client = engine(
        [
            ([], None),
            (["n8n"], "n8n"),
            (["n8n"], "n8n"),
            (["n8n", "worker"], "n8n"),
            (["n8n", "worker", "worker"], "n8n"),
            (["n8n", "worker", "worker"], "worker"),
            (["n8n", "worker", "worker"], "worker"),
        ]
    )
    answer = client.await_finding(TRACE_ID, BOTH)
    assert answer.summary == "worker"
    assert answer.candidates[0].evidence[0].window == (1, 2)
    assert answer.candidates[0].path[0].role == "cause"


def test_silent_service_is_named() -> None:
    """When time is up, the error says whose spans did not come."""
    with pytest.raises(NoExplanation, match=rf"did not explain trace {TRACE_ID} .* no spans came from worker"):
        engine([(["n8n"], "n8n")]).await_finding(TRACE_ID, BOTH, within_s=0.4)


def test_failing_api_is_named() -> None:
    """An answer of 500 is not waited out."""
    client = EngineClient(httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(500))), API)
    with pytest.raises(NoExplanation, match=r"API failed at http://engine\.test/api/v1/traces/"):
        client.await_finding(TRACE_ID, BOTH)


def test_incident_of_the_trace_is_found_among_others() -> None:
    """The one that lists the trace."""
    page = {"incidents": [{"key": "a-1", "trace_ids": []}, {"key": "b-1", "trace_ids": [TRACE_ID]}]}
    client = EngineClient(
        httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(200, json=page))), API
    )
    assert client.await_incident_key(TRACE_ID) == "b-1"


def test_no_incident_is_an_answer() -> None:
    """A trace below the threshold belongs to none."""
    client = EngineClient(
        httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(200, json={"incidents": []}))), API
    )
    assert client.await_incident_key(TRACE_ID, within_s=0.1) is None
