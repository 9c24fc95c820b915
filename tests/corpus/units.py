"""The pieces of which stories are made: one execution of n8n's, one call that the bridge served, one attempt of a worker."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from correlator import semconv
from correlator.model.rows import spans_of
from correlator.model.span import Span
from correlator.model.tables import Tables
from tests.corpus.recording import Label

STARTS_ANEW: Final = frozenset({semconv.KIND_SERVER, semconv.KIND_CONSUMER})
NOBODYS: Final = "nobody's"
"""Prefix of the truth about a unit that no case started, such as a health check: each is a story of its own."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What one process did at a stretch: spans of `trace_id` below the span `name`, or its logs where `name` is empty.

    Where `trace_id` is empty, the log records (position, row) that tell of the execution `name` without naming a trace.
    `truth` is the story by the labels.
    """

    system: str
    trace_id: str
    name: str
    truth: str
    logs: frozenset[tuple[int, int]] = frozenset()


def units_of(tables: Tables, labels: Sequence[Label]) -> list[Unit]:
    """All units of the records, by trace and name."""
    story_of = {name: label.story for label in labels for name in (*label.trace_ids, *label.execution_ids)}
    of_spans = list(_of_spans(spans_of(tables.spans), story_of))
    seen = {unit.trace_id for unit in of_spans}
    units = [*of_spans, *_of_logs_alone(tables, seen, story_of), *_of_loose_logs(tables, story_of)]
    return sorted(units, key=lambda unit: (unit.trace_id, unit.name, unit.system))


def _of_spans(spans: Sequence[Span], story_of: Mapping[str, str]) -> Iterator[Unit]:
    by_id = {(span.trace_id, span.span_id): span for span in spans}
    groups: dict[tuple[str, str, str], list[Span]] = defaultdict(list)
    for span in spans:
        groups[span.trace_id, _start_of(span, by_id), span.system].append(span)
    for (trace_id, start, system), group in groups.items():
        yield Unit(system, trace_id, start, _truth(trace_id, start, group, story_of))


def _start_of(span: Span, by_id: Mapping[tuple[str, str], Span]) -> str:
    """Id of the span that begins the span's unit; of a parent that never came, where it is an orphan."""
    while not _starts(span):
        parent = by_id.get((span.trace_id, span.parent_span_id or ""))
        if parent is None or parent.service_name != span.service_name:
            return span.parent_span_id or span.span_id if parent is None else span.span_id
        span = parent
    return span.span_id


def _starts(span: Span) -> bool:
    return span.kind in STARTS_ANEW or span.name == semconv.N8N_WORKFLOW_SPAN


def _truth(trace_id: str, start: str, spans: Sequence[Span], story_of: Mapping[str, str]) -> str:
    """By trace; where no label names that (n8n's API alone told of the execution, under an id of ours) by execution."""
    executions = (str(span.attributes.get(semconv.N8N_EXECUTION_ID)) for span in spans)
    known = (story_of[name] for name in (trace_id, *executions) if name in story_of)
    return next(known, f"{NOBODYS} {trace_id} {start}")


def _of_logs_alone(tables: Tables, seen: set[str], story_of: Mapping[str, str]) -> Iterator[Unit]:
    """Traces of which there are log records, and no span."""
    logs = tables.logs.select(["trace_id", "system"]).group_by(["trace_id", "system"]).aggregate([]).to_pylist()
    for log in logs:
        trace_id = "" if log["trace_id"] is None else log["trace_id"].hex()
        if trace_id and trace_id not in seen:
            yield Unit(log["system"], trace_id, "", story_of.get(trace_id, f"{NOBODYS} {trace_id}"))


def _of_loose_logs(tables: Tables, story_of: Mapping[str, str]) -> Iterator[Unit]:
    logs = tables.logs.select(["position", "row", "trace_id", "attributes", "system"]).to_pylist()
    told: dict[tuple[str, str], set[tuple[int, int]]] = defaultdict(set)
    for log in logs:
        execution_id = json.loads(log["attributes"] or "{}").get(semconv.N8N_EXECUTION_ID)
        if log["trace_id"] is None and execution_id is not None:
            told[log["system"], str(execution_id)].add((log["position"], log["row"]))
    for (system, execution_id), records in told.items():
        truth = story_of.get(execution_id, f"{NOBODYS} execution {execution_id}")
        yield Unit(system, "", execution_id, truth, frozenset(records))
