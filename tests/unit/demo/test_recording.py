"""The recording that travels with the package is valid, complete and says nothing of the machine it was made on."""

import importlib.util
import json
import re
from importlib.resources import files
from pathlib import Path
from types import ModuleType

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from correlator.demo.recording import EXPLAINED_TRACE_ID, RecordedTrace, load_recording, spans_of

RECORDING = load_recording()


@pytest.fixture
def recorder() -> ModuleType:
    """The program that cut the recording; it is a script, not part of the package."""
    path = Path(__file__).parents[2] / "fixtures" / "record_demo_story.py"
    spec = importlib.util.spec_from_file_location("record_demo_story", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def attribute(span: Span, key: str) -> str:
    return next((item.value.string_value for item in span.attributes if item.key == key), "")


def trace_of(workflow: str) -> RecordedTrace:
    return next(trace for trace in RECORDING if workflow in workflows(trace))


def workflows(trace: RecordedTrace) -> list[str]:
    return [attribute(s, "n8n.workflow.name") for s in spans_of(trace.request) if s.name == "workflow.execute"]


def test_each_kind_of_story_is_recorded() -> None:
    """Success, bridge failure, swallowed failure, retries, sub-workflow and n8n's own failure are all there."""
    assert sorted(workflows(trace)[0] for trace in RECORDING) == [
        "lab-bridge-500",
        "lab-bridge-500-continue",
        "lab-bridge-500-retry",
        "lab-code-throws",
        "lab-ok",
        "lab-parent",
    ]


def test_explained_trace_is_a_failed_call_with_its_error_workflow() -> None:
    """The explained trace failed in the node that called the bridge, and ran the error workflow."""
    trace = next(trace for trace in RECORDING if trace.trace_id == EXPLAINED_TRACE_ID)
    failed = [span for span in spans_of(trace.request) if span.status.code == Status.STATUS_CODE_ERROR]
    assert workflows(trace) == ["lab-bridge-500", "lab-error-workflow"]
    assert trace.calls[0].node_span_id in {span.span_id.hex() for span in failed}
    assert trace.calls[0].status == 500


def test_retries_are_three_calls_under_one_span_id() -> None:
    """n8n retries a node under one span."""
    calls = trace_of("lab-bridge-500-retry").calls
    assert len(calls) == 3
    assert len({call.node_span_id for call in calls}) == 1


def test_swallowed_failure_is_a_success_in_n8n() -> None:
    """With onError=continue only the bridge saw the failure."""
    trace = trace_of("lab-bridge-500-continue")
    assert {span.status.code for span in spans_of(trace.request)} == {Status.STATUS_CODE_OK}
    assert [call.status for call in trace.calls] == [500]


def test_spans_are_well_formed() -> None:
    """Ids have their lengths, all spans of a trace its id, ends follow starts, kinds are n8n's."""
    for trace in RECORDING:
        for span in spans_of(trace.request):
            assert (span.trace_id.hex(), len(span.span_id)) == (trace.trace_id, 8)
            assert span.end_time_unix_nano >= span.start_time_unix_nano > 0
            assert span.kind == Span.SPAN_KIND_INTERNAL


def test_calls_belong_to_spans_of_their_trace() -> None:
    """Every call's traceparent names a node that is in the recording, and that was running at that time."""
    for trace in RECORDING:
        nodes = {span.span_id.hex(): span for span in spans_of(trace.request)}
        for call in trace.calls:
            node = nodes[call.node_span_id]
            assert node.start_time_unix_nano <= call.recorded_unix_nano <= node.end_time_unix_nano


def test_recording_names_no_machine() -> None:
    """No absolute paths, host names, addresses or instance ids."""
    text = "".join(
        files("correlator.demo.recording").joinpath(name).read_text() for name in ("traces.jsonl", "calls.jsonl")
    )
    assert not re.search(r"/(opt|home|root|usr|work|tmp)/|host\.|process\.pid|n8n\.instance\.id|127\.0\.0\.1", text)


def test_scrubbing_cuts_the_install_folder(recorder: ModuleType) -> None:
    """A stack frame keeps its path inside the installation only."""
    frames = ["at run (/srv/app/node_modules/n8n/x.ts:1:2)", "at /a/b/node_modules/c/node_modules/d.js"]
    assert recorder.scrub({"stack": frames}) == {
        "stack": ["at run (node_modules/n8n/x.ts:1:2)", "at node_modules/c/node_modules/d.js"]
    }


def test_standard_span_has_integer_enums(recorder: ModuleType) -> None:
    """Received requests spell enums by name; OTLP/JSON wants numbers."""
    span = recorder.standard_span({"kind": "SPAN_KIND_INTERNAL", "status": {"code": "STATUS_CODE_ERROR"}, "name": "a"})
    assert span == {"kind": 1, "status": {"code": 2}, "name": "a"}


def test_recording_is_written_in_order(recorder: ModuleType, tmp_path: Path) -> None:
    """Cutting again what was cut gives traces by first start, with the machine's attributes gone."""
    requests = [
        {"resourceSpans": [{"resource": {"attributes": [{"key": "host.id"}]}, "scopeSpans": [{"scope": {}, "spans": [
            {"traceId": trace_id, "kind": "SPAN_KIND_INTERNAL", "startTimeUnixNano": str(100 - order)}]}]}]}
        for order, trace_id in enumerate(recorder.STORY)
    ]  # fmt: skip
    (tmp_path / "otlp_traces_decoded.jsonl").write_text("".join(json.dumps({"request": r}) + "\n" for r in requests))
    (tmp_path / "bridge_requests.jsonl").write_text("")
    recorder.main(tmp_path, tmp_path)
    written = [json.loads(line)["resourceSpans"][0] for line in (tmp_path / "traces.jsonl").read_text().splitlines()]
    assert [group["scopeSpans"][0]["spans"][0]["traceId"] for group in written] == list(recorder.STORY)[::-1]
    assert all(group["resource"] == {"attributes": []} for group in written)
