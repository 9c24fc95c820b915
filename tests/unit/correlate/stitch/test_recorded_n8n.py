"""What a real n8n sent, and what its bridge was called with: joined again after the bridge's context is taken away."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from correlator import semconv
from correlator.correlate.stitch import UNMEASURED, stitch
from correlator.model.span import Span
from correlator.model.trace import EXECUTION_ID, RETRY_OF
from tests.unit.correlate.n8n_recordings import BRIDGE, QUEUE, REGULAR, bridge_spans, lines, recorded_traces
from tests.unit.correlate.stitch.records import Row, tables

CALLS = list(lines(BRIDGE))


def row_of(span: Span, **given: Any) -> Row:
    """A recorded span as a row of SPANS."""
    links = [{"trace_id": it.trace_id, "span_id": it.span_id, "attributes": {}} for it in span.links]
    return {
        "position": 0,
        "row": 0,
        "marks": 0,
        "trace_id": bytes.fromhex(span.trace_id),
        "span_id": bytes.fromhex(span.span_id),
        "parent_span_id": bytes.fromhex(span.parent_span_id) if span.parent_span_id else None,
        "name": span.name,
        "kind": span.kind,
        "start_time_unix_nano": span.start_time_unix_nano,
        "end_time_unix_nano": span.end_time_unix_nano,
        "is_error": span.is_error,
        "attributes": json.dumps(dict(span.attributes)),
        "links": json.dumps(links) if links else None,
        "service_name": span.service_name,
        "system": span.system,
        "resource_attributes": json.dumps(dict(span.resource_attributes)),
    } | given


def without_context(span: Span, number: int, headers: Mapping[str, str], *, with_workflow: bool) -> Row:
    """A call that n8n's traceparent did not reach: the root of a trace of its own, with the ids that were in its headers."""
    named = {semconv.N8N_EXECUTION_ID: headers["x-n8n-execution-id"]}
    if with_workflow:
        named[semconv.N8N_WORKFLOW_ID] = headers["x-n8n-workflow-id"]
    attributes = json.dumps({**span.attributes, **named})
    return row_of(span, trace_id=number.to_bytes(16, "big"), parent_span_id=None, attributes=attributes)


def recorded(name: str) -> list[Row]:
    return [row_of(span) for spans in recorded_traces(name).values() for span in spans]


def calls_of_bridge() -> Iterable[tuple[int, Span, Mapping[str, str]]]:
    """Each call that names its execution: its number, the bridge's span and the headers."""
    spans = {span.span_id: span for of_trace in bridge_spans().values() for span in of_trace}
    for number, call in enumerate(CALLS, start=1):
        if "x-n8n-execution-id" in call["headers"]:
            yield number, spans[f"b{number:015x}"], call["headers"]


@pytest.mark.parametrize("with_workflow", [True, False])
def test_every_call_is_joined_to_the_node_that_made_it(with_workflow: bool) -> None:
    """Beside the traceparent that n8n did send; node retries have one span for three calls."""
    calls = list(calls_of_bridge())
    rows = recorded(REGULAR) + [
        without_context(span, number, headers, with_workflow=with_workflow) for number, span, headers in calls
    ]
    edges = [edge for story in stitch(tables(rows), UNMEASURED) for edge in story.edges if edge.method == EXECUTION_ID]
    found = {edge.to_span_id: (edge.from_trace_id, edge.from_span_id) for edge in edges}
    known = set(recorded_traces(REGULAR))
    sent = {span.span_id: tuple(headers["traceparent"].split("-")[1:3]) for _, span, headers in calls}
    expected = {span_id: place for span_id, place in sent.items() if place[0] in known}
    assert len(expected) > 40
    assert found == expected


@pytest.mark.parametrize("name", [REGULAR, QUEUE])
def test_of_n8ns_own_traces_only_retries_are_joined(name: str) -> None:
    """58 executions of few workflows; waits, sub-workflows, error workflows and queue mode's halves are in one trace each."""
    traces = recorded_traces(name)
    retries = {
        span.attributes[semconv.N8N_EXECUTION_RETRY_OF]
        for spans in traces.values()
        for span in spans
        if semconv.N8N_EXECUTION_RETRY_OF in span.attributes
    }
    stories = stitch(tables(recorded(name)), UNMEASURED)
    edges = [edge for story in stories for edge in story.edges]
    assert {edge.method for edge in edges} <= {RETRY_OF}
    assert len(edges) == len(retries)
    assert not any(story.possible_edges for story in stories)
