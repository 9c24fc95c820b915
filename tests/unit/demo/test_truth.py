"""The driver's labels are written beside span ids, and only where a file is named."""

import json
import threading
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider

from correlator.demo.truth import STORY_HEADER, TRUTH_FILE, record_truth, set_story, story_headers

TRACER = TracerProvider(shutdown_on_exit=False).get_tracer("test")


def test_line_holds_label_and_ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line for each call, from several threads at once."""
    path = tmp_path / "truth.jsonl"
    monkeypatch.setenv(TRUTH_FILE, str(path))
    with TRACER.start_as_current_span("work") as span:
        record_truth({STORY_HEADER: "s-1"}, "bridge")
        context = span.get_span_context()
    threads = [threading.Thread(target=record_in_span) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines[0] == {
        "story": "s-1",
        "trace_id": f"{context.trace_id:032x}",
        "span_id": f"{context.span_id:016x}",
        "system": "bridge",
    }
    assert len(lines) == 9


def record_in_span() -> None:
    with TRACER.start_as_current_span("work"):
        record_truth({STORY_HEADER: "s-2"}, "worker")


@pytest.mark.parametrize("carrier", [{}, {STORY_HEADER: ""}])
def test_nothing_is_written_without_a_label(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, carrier: dict[str, str]
) -> None:
    """No file either."""
    monkeypatch.setenv(TRUTH_FILE, str(tmp_path / "truth.jsonl"))
    with TRACER.start_as_current_span("work"):
        record_truth(carrier, "bridge")
    assert not list(tmp_path.iterdir())


def test_label_goes_along_as_a_header() -> None:
    """Only where there is one."""
    assert story_headers() == {}
    set_story("s-3")
    assert story_headers() == {STORY_HEADER: "s-3"}
    set_story("")
