"""Who belongs to which story: from the label that the driver sent along, past everything that is observed."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tests.corpus.plan import Case
from tests.corpus.recording import Label

LABEL_HEADER = "x-demo-story"


def labels_of(cases: Sequence[Case], executions: Mapping[str, Any], truth_lines: Iterable[str]) -> list[Label]:
    """One label a case. `executions` maps execution ids to n8n's documents, not scrubbed yet; `truth_lines` are what bridge
    and worker wrote down. Raises ValueError where a trace would belong to two stories.
    """
    story_of_trace: dict[str, str] = {}
    for trace_id, story in _traces_told(truth_lines):
        _agree(story_of_trace, trace_id, story, "by bridge and worker")
    story_of_execution = _stories_of_executions(executions, story_of_trace)
    traces: dict[str, set[str]] = defaultdict(set)
    for trace_id, story in story_of_trace.items():
        traces[story].add(trace_id)
    for execution_id, story in story_of_execution.items():
        if of_execution := trace_id_of(executions[execution_id]):
            _agree(story_of_trace, of_execution, story, f"by execution {execution_id}")
            traces[story].add(of_execution)
    ids: dict[str, set[str]] = defaultdict(set)
    for execution_id, story in story_of_execution.items():
        ids[story].add(execution_id)
    return [_label(case, traces[case.story], ids[case.story]) for case in sorted(cases, key=lambda case: case.story)]


def trace_id_of(document: Mapping[str, Any]) -> str | None:
    """The trace that n8n says an execution is of; None where it says none."""
    parts = str((document.get("tracingContext") or {}).get("traceparent", "")).split("-")
    return parts[1] if len(parts) == 4 else None


def story_of_document(document: Any) -> str | None:
    """The label among the recorded headers of an execution's items; None where none of them has one."""
    return next((header for header in _labels_in(document) if header), None)


def _agree(story_of_trace: dict[str, str], trace_id: str, story: str, who: str) -> None:
    if story_of_trace.setdefault(trace_id, story) != story:
        raise ValueError(f"trace {trace_id} is of {story_of_trace[trace_id]} and, {who}, of {story}")


def _label(case: Case, trace_ids: set[str], execution_ids: set[str]) -> Label:
    return Label(
        story=case.story,
        breakage=case.breakage,
        fault=case.fault,
        mode=case.mode,
        causes=case.causes,
        trace_ids=tuple(sorted(trace_ids)),
        execution_ids=tuple(sorted(execution_ids, key=int)),
    )


def _traces_told(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        told = json.loads(line)
        if told.get("story") and told.get("trace_id"):
            yield told["trace_id"], told["story"]


def _stories_of_executions(executions: Mapping[str, Any], story_of_trace: Mapping[str, str]) -> dict[str, str]:
    """By the label in its data; else by the execution that it came from; else (its data died with n8n) by its trace."""
    known: dict[str, str] = {}
    for execution_id in sorted(executions, key=int):  # those that others came from have lower ids
        document = executions[execution_id]
        origin = document.get("retryOf") or _failed_execution(document) or _parent_execution(document)
        story = story_of_document(document) or known.get(str(origin)) or story_of_trace.get(trace_id_of(document) or "")
        if story:
            known[execution_id] = story
    return known


def _failed_execution(document: Any) -> str | None:
    """The execution that an error workflow tells of."""
    runs = _run_data(document).get("Error Trigger")
    item = runs[0]["data"]["main"][0][0]["json"] if runs else {}
    return (item.get("execution") or {}).get("id")


def _parent_execution(document: Any) -> str | None:
    data = document.get("data") or {}
    return (data.get("parentExecution") or {}).get("executionId")


def _run_data(document: Any) -> dict[str, Any]:
    return dict(((document.get("data") or {}).get("resultData") or {}).get("runData") or {})


def _labels_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        headers = value.get("headers")
        if isinstance(headers, dict) and isinstance(headers.get(LABEL_HEADER), str):
            yield headers[LABEL_HEADER]
        for each in value.values():
            yield from _labels_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from _labels_in(each)
