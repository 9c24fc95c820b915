"""Where one trace of a story calls another."""

from collections.abc import Mapping

from correlator.model.trace import Edge, Trace


def joins_of(trace: Trace) -> dict[str, Edge]:
    """Roots that were called from another trace, with the first join that leads to each; none leads to itself."""
    above = {child: parent for parent, children in trace.children.items() for child in children}
    roots, joins = set(trace.roots), dict[str, Edge]()
    for edge in trace.edges:
        callee = edge.to_span_id
        if edge.from_trace_id == edge.to_trace_id or callee not in roots or callee in joins:
            continue
        current: str | None = edge.from_span_id
        while current is not None and current != callee:
            current = above.get(current)
        if current is None:
            joins[callee] = edge
            above[callee] = edge.from_span_id
    return joins


def callees(trace: Trace, joins: Mapping[str, Edge]) -> dict[str, list[str]]:
    """Span id to what it called: in its own trace, then in others."""
    below = {span_id: list(children) for span_id, children in trace.children.items()}
    for callee, edge in joins.items():
        below.setdefault(edge.from_span_id, []).append(callee)
    return below
