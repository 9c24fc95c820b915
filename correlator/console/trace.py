"""A story as a tree."""

from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text
from rich.tree import Tree

from correlator import semconv
from correlator.console.joins import callees, joins_of
from correlator.console.lists import listed
from correlator.console.words import counted, duration, one_line, plain, tier
from correlator.correlate.operation import operation_of
from correlator.model.span import Span
from correlator.model.trace import Edge, Trace

JOIN_STYLE: Final = "magenta"
SHOWN_SPANS: Final = 1_000  # of a trace: more is no longer read by anyone; --json has them all
SHOWN_MESSAGE: Final = 200  # characters


def trace_view(trace: Trace) -> RenderableType:
    """A story as a tree: each span's service, tier, duration, and how it failed; where another trace begins, what joins it."""
    parts: list[RenderableType] = [Text(_heading(trace), "bold"), *_trees(trace)]
    if len(trace.spans) > SHOWN_SPANS:
        parts.append(Text(f"{len(trace.spans) - SHOWN_SPANS} more spans: --json shows all", "dim"))
    if trace.missing_parents:
        parts.append(
            Text(f"{len(trace.missing_parents)} parents never arrived; their children stand as roots", "yellow")
        )
    parts += listed("Possible joins, none of them chosen", (_possible(trace, edge) for edge in trace.possible_edges))
    parts += listed("Left out", trace.left_out)
    return Group(*parts)


def _heading(trace: Trace) -> str:
    failing = sum(span.is_error for span in trace.spans)
    records = f"{counted(len(trace.spans), 'span')}, {failing} with an error, {counted(len(trace.logs), 'log record')}"
    story = f"\nstory of {len(trace.trace_ids)} traces" if len(trace.trace_ids) > 1 else ""
    return f"trace {trace.trace_id}: {records}{story}"


def _trees(trace: Trace) -> list[Tree]:
    """One tree a root, at most SHOWN_SPANS spans in all; by a list of work instead of recursion, since traces can be deep."""
    spans = {span.span_id: span for span in trace.spans}
    joins = joins_of(trace)
    roots = [spans[root] for root in trace.roots if root not in joins][:SHOWN_SPANS]
    trees: list[Tree] = []
    waiting: list[tuple[str, Tree]] = []
    for span in roots:
        is_other = span.trace_id != trace.trace_id
        trees.append(Tree(plain(f"trace {span.trace_id}", JOIN_STYLE) if is_other else _span(span)))
        waiting.append((span.span_id, trees[-1].add(_span(span)) if is_other else trees[-1]))
    below = callees(trace, joins)
    shown = len(trees)
    while waiting and shown < SHOWN_SPANS:
        span_id, branch = waiting.pop()
        for child in below.get(span_id, ())[: SHOWN_SPANS - shown]:
            above = branch.add(_join(spans[child], joins[child])) if child in joins else branch
            waiting.append((child, above.add(_span(spans[child]))))
            shown += 1
    return trees


def _join(span: Span, edge: Edge) -> Text:
    """The line between a caller and a callee of another trace."""
    return plain(f"joined by {edge.method}, {_measured(edge)}: trace {span.trace_id}", JOIN_STYLE)


def _measured(edge: Edge) -> str:
    return "not measured" if edge.precision is None else f"measured {edge.precision:.2f}"


def _possible(trace: Trace, edge: Edge) -> str:
    """A join that may be: whom it would lead from and to, by name where the span is in this story."""
    ends = (_end(trace, *end) for end in ((edge.from_trace_id, edge.from_span_id), (edge.to_trace_id, edge.to_span_id)))
    return f"{' to '.join(ends)} by {edge.method}, {_measured(edge)}"


def _end(trace: Trace, trace_id: str, span_id: str) -> str:
    span = trace.span(span_id)
    if span is not None and span.trace_id == trace_id:
        return f"{span.service_name} {operation_of(span)}"
    return f"span {span_id} of trace {trace_id}"


def _span(span: Span) -> Text:
    label = Text.assemble(
        plain(span.service_name, "red" if span.is_error else "green"),
        plain(f"{tier(span.service_name, span.system)} {operation_of(span)} "),
        (duration(span.duration_nano), "cyan"),
    )
    if span.is_error:
        label.append_text(plain(f" error: {_failure(span)[:SHOWN_MESSAGE]}", "red"))
    return one_line(label)


def _failure(span: Span) -> str:
    """The exception if the span tells of one, else its status."""
    for event in span.events:
        if event.name == semconv.EXCEPTION_EVENT:
            kind = str(event.attributes.get(semconv.EXCEPTION_TYPE, "exception"))
            message = event.attributes.get(semconv.EXCEPTION_MESSAGE)
            return f"{kind}: {message}" if message else kind
    return span.status_message or str(span.attributes.get(semconv.ERROR_TYPE, "status says so"))
