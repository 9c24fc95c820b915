"""Other names for spans of one story whose ids are the same though their traces differ."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from correlator.model.span import LogRecord, Span, SpanLink
from correlator.model.trace import Edge


class SpanAliases:
    """A span id belongs to the least trace id that has it; elsewhere an alias stands in for it, wherever it is named.

    So no span of one trace is taken for the parent of another's. An alias is a hash of both ids, in the form of a span id.
    """

    def __init__(self, spans: Iterable[Span]) -> None:
        self._owners: dict[str, str] = {}
        for span in spans:
            owner = self._owners.get(span.span_id, span.trace_id)
            self._owners[span.span_id] = min(owner, span.trace_id)

    def span(self, span: Span) -> Span:
        """The span under the name it has here, and so its parent and links."""
        span_id = self._name(span.trace_id, span.span_id)
        parent = span.parent_span_id and self._name(span.trace_id, span.parent_span_id)
        links = tuple(self._link(link) for link in span.links)
        if (span_id, parent, links) == (span.span_id, span.parent_span_id, span.links):
            return span
        return replace(span, span_id=span_id, parent_span_id=parent, links=links)

    def log(self, log: LogRecord) -> LogRecord:
        if log.trace_id is None or log.span_id is None:
            return log
        return replace(log, span_id=self._name(log.trace_id, log.span_id))

    def edge(self, edge: Edge) -> Edge:
        """An edge between traces."""
        caller = self._name(edge.from_trace_id, edge.from_span_id)
        return replace(edge, from_span_id=caller, to_span_id=self._name(edge.to_trace_id, edge.to_span_id))

    def _link(self, link: SpanLink) -> SpanLink:
        return replace(link, span_id=self._name(link.trace_id, link.span_id))

    def _name(self, trace_id: str, span_id: str) -> str:
        if not span_id or self._owners.get(span_id, trace_id) == trace_id:
            return span_id
        return hashlib.sha256(f"{trace_id}{span_id}".encode()).hexdigest()[:16]
