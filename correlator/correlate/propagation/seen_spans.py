"""The spans of a window, by what the rules of propagation look them up by."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from correlator import semconv
from correlator.model.marks import Mark
from correlator.model.span import Span
from correlator.model.trace import METHODS, Edge

N8N: Final = "n8n"
BRIDGE: Final = "bridge"
WORKER: Final = "worker"
_HTTP_REQUEST_NODE: Final = "httpRequest"


class SeenSpans:
    """Spans by id, kind and job, and the joins that lead to each from another trace."""

    def __init__(self, spans: Sequence[Span], edges: Iterable[Edge]) -> None:
        self.spans = sorted(spans, key=lambda span: (span.start_time_unix_nano, span.trace_id, span.span_id))
        self._by_id = {(span.trace_id, span.span_id): span for span in spans}
        self._edges_into: dict[tuple[str, str], list[Edge]] = defaultdict(list)
        self._called: set[tuple[str, str]] = {
            (span.trace_id, span.parent_span_id) for span in spans if span.parent_span_id and not is_n8n(span)
        }
        for edge in edges:
            if edge.from_trace_id != edge.to_trace_id:
                self._edges_into[edge.to_trace_id, edge.to_span_id].append(edge)
                self._called.add((edge.from_trace_id, edge.from_span_id))

    def parent_of(self, span: Span) -> Span | None:
        """The span above it in its own trace; None where it has none, or that is not here."""
        return self._by_id.get((span.trace_id, span.parent_span_id)) if span.parent_span_id else None

    def join_into(self, span: Span, system: str) -> Edge | None:
        """The surest join that leads from a span of `system` in another trace to this one."""
        edges = self._edges_into.get((span.trace_id, span.span_id), ())
        joins = (edge for edge in edges if self._system_of(edge) == system)
        return min(joins, key=lambda edge: (METHODS.index(edge.method), edge.from_span_id), default=None)

    def has_callee(self, span: Span) -> bool:
        """Whether a span outside n8n is below it, in its own trace or by a join."""
        return (span.trace_id, span.span_id) in self._called

    def of(self, system: str, kind: int) -> list[Span]:
        """The spans of one kind that one system sent."""
        return [span for span in self.spans if span.system == system and span.kind == kind]

    def n8n_spans(self, name: str) -> list[Span]:
        """n8n's workflow or node spans, whoever told of them."""
        return [span for span in self.spans if is_n8n(span) and span.name == name]

    def _system_of(self, edge: Edge) -> str:
        caller = self._by_id.get((edge.from_trace_id, edge.from_span_id))
        return "" if caller is None else caller.system


def is_n8n(span: Span) -> bool:
    return span.system == N8N


def is_own(span: Span) -> bool:
    """Whether its own sender told of it, and not n8n's REST API."""
    return not span.marks & Mark.RECONSTRUCTED


def calls_over_http(node: Span) -> bool:
    """Whether an n8n node span is that of an HTTP Request node."""
    return str(node.attributes.get(semconv.N8N_NODE_TYPE, "")).endswith(_HTTP_REQUEST_NODE)


def execution_of(span: Span) -> str:
    """The n8n execution that it names; empty where it names none."""
    return str(span.attributes.get(semconv.N8N_EXECUTION_ID) or "")


def job_of(span: Span) -> str:
    """The job that it names; empty where it names none."""
    return str(span.attributes.get(semconv.JOB_ID) or span.attributes.get(semconv.MESSAGING_MESSAGE_ID) or "")
