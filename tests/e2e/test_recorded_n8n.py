"""All that a real n8n was recorded to send, regular and queue mode: every span is found again, every trace is explained."""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.e2e.engine_process import EngineProcess, running_engine

FIXTURES = Path(__file__).parents[1] / "fixtures"
RAW = sorted((FIXTURES / "otlp").glob("otlp_raw_*.pb"))
DECODED = sorted((FIXTURES / "n8n").glob("*otlp_traces_decoded.jsonl.gz"))

Story = dict[str, set[str]]  # trace id -> span ids


def recorded_requests(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)["request"]


def spans_sent(request: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for resource in request["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                yield span["traceId"], span["spanId"]


def spans_in(body: bytes) -> Iterator[tuple[str, str]]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield span.trace_id.hex(), span.span_id.hex()


def send_everything(address: str) -> Story:
    """Raw bytes as protobuf, decoded requests as OTLP/JSON; what was sent, by trace."""
    story: Story = defaultdict(set)
    with httpx.Client(base_url=f"http://{address}") as client:
        for file in RAW:
            body = file.read_bytes()
            answer = client.post("/v1/traces", content=body, headers={"content-type": "application/x-protobuf"})
            assert (answer.status_code, answer.content) == (200, b"")
            for trace_id, span_id in spans_in(body):
                story[trace_id].add(span_id)
        for file in DECODED:
            for request in recorded_requests(file):
                answer = client.post("/v1/traces", json=request)
                assert answer.json() == {}, answer.text
                for trace_id, span_id in spans_sent(request):
                    story[trace_id].add(span_id)
    return story


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recorded") / "data"


@pytest.fixture(scope="module")
def story(data_dir: Path) -> Story:
    """Sent to an engine that then stopped in good order."""
    assert len(RAW) == len(DECODED) == 2
    with running_engine(data_dir) as engine:
        sent = send_everything(engine.otlp_http)
        check_everything(engine, sent)
    return sent


def check_everything(engine: EngineProcess, story: Story) -> dict[str, dict[str, Any]]:
    """Each trace holds just the spans that were sent, its story those of its traces; the finding of each."""
    findings = {}
    with httpx.Client(base_url=f"http://{engine.api}/api/v1", timeout=30) as client:
        for trace_id, span_ids in story.items():
            spans = client.get(f"/traces/{trace_id}", params={"story": False}).json()["spans"]
            assert sorted(span["span_id"] for span in spans) == sorted(span_ids)
            whole = client.get(f"/traces/{trace_id}").json()
            assert {span["span_id"] for span in whole["spans"]} == set().union(
                *(story[each] for each in whole["trace_ids"])
            )
            findings[trace_id] = client.get(f"/traces/{trace_id}/root-cause").raise_for_status().json()
    return findings


def test_every_span_is_found_and_every_trace_explained_after_a_restart(data_dir: Path, story: Story) -> None:
    """A failing trace has a cause in n8n's own words; where nothing failed the engine abstains and says so."""
    failing = failed_traces()
    with running_engine(data_dir) as engine:
        findings = check_everything(engine, story)
    for trace_id, finding in findings.items():
        if trace_id in failing:
            assert finding["candidates"] or finding["missing_signals"], finding["summary"]
        else:
            assert finding["abstained"], finding["summary"]
            assert finding["candidates"] == []
    assert len(failing) > 20


def test_sending_it_all_again_doubles_no_span(data_dir: Path, story: Story) -> None:
    """A sender that did not get its acknowledgement repeats itself."""
    with running_engine(data_dir) as engine:
        assert send_everything(engine.otlp_http) == story
        check_everything(engine, story)


def failed_traces() -> set[str]:
    """Traces in which some span says ERROR and is not merely cancelled."""
    failed = set()
    for file in DECODED:
        for request in recorded_requests(file):
            for resource in request["resourceSpans"]:
                for span in (span for scope in resource["scopeSpans"] for span in scope["spans"]):
                    cancelled = "workflow_cancelled" in json.dumps(span.get("attributes", []))
                    if span.get("status", {}).get("code") == "STATUS_CODE_ERROR" and not cancelled:
                        failed.add(span["traceId"])
    return failed
