"""Spans of a window in few words."""

from typing import Any

from correlator import semconv
from correlator.correlate.propagation import hops_of
from correlator.model.marks import Mark
from correlator.model.propagation import HopCoverage
from correlator.model.span import Span, SpanLink
from correlator.model.trace import EXECUTION_ID, Edge

HTTP_NODE = {semconv.N8N_NODE_TYPE: "n8n-nodes-base.httpRequest", semconv.N8N_NODE_NAME: "Call Bridge"}
REST = int(Mark.RECONSTRUCTED)


def span(
    system: str,
    trace: int,
    number: int,
    parent: int | None = None,
    *,
    name: str = "work",
    kind: int = semconv.KIND_INTERNAL,
    links: tuple[tuple[int, int], ...] = (),
    marks: int = 0,
    **attributes: Any,
) -> Span:
    """A span of a system; ids are counted."""
    return Span(
        trace_id=f"{trace:032x}",
        span_id=f"{number:016x}",
        parent_span_id=None if parent is None else f"{parent:016x}",
        name=name,
        kind=kind,
        start_time_unix_nano=1_000 * number,
        end_time_unix_nano=1_000 * number + 500,
        status_code=0,
        status_message="",
        is_error=False,
        attributes=attributes,
        events=(),
        links=tuple(SpanLink(f"{of_trace:032x}", f"{to:016x}", {}) for of_trace, to in links),
        service_name=system,
        system=system,
        scope_name="",
        resource_attributes={},
        marks=marks,
    )


def workflow(trace: int, number: int, execution: str, mode: str = "webhook", marks: int = 0) -> Span:
    bag = {semconv.N8N_EXECUTION_ID: execution, semconv.N8N_EXECUTION_MODE: mode}
    return span("n8n", trace, number, name=semconv.N8N_WORKFLOW_SPAN, marks=marks, **bag)


def node(trace: int, number: int, parent: int, marks: int = 0, **more: Any) -> Span:
    return span("n8n", trace, number, parent, name=semconv.N8N_NODE_SPAN, marks=marks, **HTTP_NODE | more)


def server(trace: int, number: int, parent: int | None = None, execution: str = "", **more: Any) -> Span:
    bag = {semconv.N8N_EXECUTION_ID: execution} if execution else {}
    return span("bridge", trace, number, parent, kind=semconv.KIND_SERVER, **bag | more)


def producer(trace: int, number: int, parent: int | None, job: str) -> Span:
    return span("bridge", trace, number, parent, kind=semconv.KIND_PRODUCER, **{semconv.JOB_ID: job})


def consumer(trace: int, number: int, parent: int | None, job: str, links: tuple[tuple[int, int], ...] = ()) -> Span:
    return span("worker", trace, number, parent, kind=semconv.KIND_CONSUMER, links=links, **{semconv.JOB_ID: job})


def join(caller: Span, callee: Span, method: str = EXECUTION_ID) -> Edge:
    return Edge(caller.span_id, callee.span_id, method, 1.0, caller.trace_id, callee.trace_id)


def hop(name: str, spans: list[Span], *edges: Edge) -> HopCoverage:
    """What these spans and joins make of one hop."""
    (found,) = [each for each in hops_of(spans, edges) if each.hop == name]
    return found


def settings(coverage: HopCoverage) -> list[str]:
    return [advice.setting for advice in coverage.advice]
