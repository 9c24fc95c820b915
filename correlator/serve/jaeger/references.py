"""A span's parent and links as references to other spans."""

from typing import Any, Final

from correlator.model.span import Span, SpanLink
from correlator.serve.jaeger.identifiers import shown_trace_id

Reference = dict[str, str]
"""`{refType, traceID, spanID}`, as it goes out."""

CHILD_OF: Final = "CHILD_OF"
FOLLOWS_FROM: Final = "FOLLOWS_FROM"
REF_TYPE: Final = "opentracing.ref_type"
"""The attribute by which a link says that it is a parent."""


def reference(ref_type: str, trace_id: str, span_id: str) -> Reference:
    return {"refType": ref_type, "traceID": shown_trace_id(trace_id), "spanID": span_id}


def references_of(span: Span) -> list[Reference]:
    """The parent, then the links; a link to the parent says what kind of parent it is."""
    parent = (span.trace_id, span.parent_span_id)
    parent_type = CHILD_OF
    found = []
    for link in span.links:
        if (link.trace_id, link.span_id) == parent:
            parent_type = _ref_type(link)
        else:
            found.append(reference(_ref_type(link), link.trace_id, link.span_id))
    if span.parent_span_id is not None:
        found.insert(0, reference(parent_type, span.trace_id, span.parent_span_id))
    return _parent_first(found, shown_trace_id(span.trace_id))


def _ref_type(link: SpanLink) -> str:
    named: Any = link.attributes.get(REF_TYPE)
    return CHILD_OF if named == "child_of" else FOLLOWS_FROM


def _parent_first(references: list[Reference], trace_id: str) -> list[Reference]:
    """Readers take the first for the parent: of the same trace the first CHILD_OF, else the first, changes places with it."""
    within = [place for place, one in enumerate(references) if one["traceID"] == trace_id]
    parents = [place for place in within if references[place]["refType"] == CHILD_OF]
    for place in (parents or within)[:1]:
        references[0], references[place] = references[place], references[0]
    return references
