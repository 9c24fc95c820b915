"""A whole story as one trace: what joins its traces is shown as parents, each with its method."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from correlator.model.span import Span
from correlator.model.trace import Edge, Trace
from correlator.serve.jaeger.identifiers import shown_trace_id
from correlator.serve.jaeger.references import CHILD_OF, FOLLOWS_FROM, reference
from correlator.serve.jaeger.traces import trace_of

OWN_TRACE: Final = "correlator.trace_id"
"""The tag that keeps a span's own trace id: viewers draw one tree only of spans that share one."""


def story_of(story: Trace) -> dict[str, Any]:
    """The story as it goes out, all of it under the trace id that was asked for."""
    told = trace_of(story.trace_id, [_under(story.trace_id, span) for span in story.spans])
    joins = _joins(story.edges)
    for span in told["spans"]:
        for edge in joins.get(span["spanID"], ()):
            _join(span, edge, shown_trace_id(story.trace_id))
    told["warnings"] = list(story.left_out) or None
    return told


def _under(trace_id: str, span: Span) -> Span:
    if span.trace_id == trace_id:
        return span
    return replace(span, trace_id=trace_id, attributes={**span.attributes, OWN_TRACE: span.trace_id})


def _joins(edges: Iterable[Edge]) -> dict[str, list[Edge]]:
    """The edges between traces, by the span that they lead to."""
    joins = defaultdict(list)
    for edge in edges:
        if edge.from_trace_id != edge.to_trace_id:
            joins[edge.to_span_id].append(edge)
    return joins


def _join(span: dict[str, Any], edge: Edge, trace_id: str) -> None:
    """The first join of a span without a parent becomes its parent; any other stands beside it."""
    has_parent = any(one["refType"] == CHILD_OF for one in span["references"])
    joined = reference(FOLLOWS_FROM if has_parent else CHILD_OF, trace_id, edge.from_span_id)
    span["references"] = [*span["references"], joined] if has_parent else [joined, *span["references"]]
    measured = "not measured" if edge.precision is None else f"measured {edge.precision:.2f}"
    span["warnings"] = [*(span["warnings"] or ()), f"joined to {edge.from_span_id} by {edge.method}, {measured}"]
