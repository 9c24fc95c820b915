"""Spans that another than their sender has told of (Mark.RECONSTRUCTED): they give way to the sender's own.

n8n's REST API gives the trace id of an execution whose spans were lost; what is rebuilt from it stands in that trace.
"""

from collections.abc import Sequence

from correlator import semconv
from correlator.model.marks import Mark
from correlator.model.span import Span
from correlator.model.trace import SAME_TRACE_ID, TRACING_CONTEXT


def is_retold(span: Span) -> bool:
    return bool(span.marks & Mark.RECONSTRUCTED)


def method_of_parent(parent: Span, child: Span) -> str:
    """How we know that a parent and a child of one trace belong together: where one of them never sent its trace id, by
    the tracing context that another told."""
    return TRACING_CONTEXT if is_retold(parent) or is_retold(child) else SAME_TRACE_ID


def without_retold_nodes(spans: Sequence[Span]) -> list[Span]:
    """`spans` but for node spans of n8n that its own telling makes needless: ids that were rebuilt differ from its own,
    so they are known by parent and node name."""
    own = {_node(span) for span in spans if not is_retold(span) and span.name == semconv.N8N_NODE_SPAN}
    return [
        span for span in spans if not (is_retold(span) and span.name == semconv.N8N_NODE_SPAN and _node(span) in own)
    ]


def _node(span: Span) -> tuple[str, str | None, str]:
    return span.trace_id, span.parent_span_id, str(span.attributes.get(semconv.N8N_NODE_NAME))
