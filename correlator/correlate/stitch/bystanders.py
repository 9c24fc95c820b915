"""Spans that no rule looks at: most of those of a trace, and known by their columns alone, so that no facts are read."""

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from correlator import semconv
from correlator.correlate.stitch.shared_keys import SharedKeys
from correlator.model.marks import Mark

_N8N_SPANS: Final = pa.array([semconv.N8N_WORKFLOW_SPAN, semconv.N8N_NODE_SPAN])
_ANSWERING: Final = pa.array([semconv.KIND_SERVER, semconv.KIND_CONSUMER], pa.int8())
_RETOLD: Final = pa.scalar(int(Mark.RECONSTRUCTED), pa.int32())


def without_bystanders(spans: pa.Table, shared: SharedKeys) -> pa.Table:
    """The spans of a SPANS table, each of which is there once, but for those of which no rule would take note.

    A bystander has a parent and no child, carries no key, is linked to nothing, and is no work of n8n's; it answers nobody.
    Its parent stays, and is nobody's whom another has told of or who has n8n's nodes below it. Its trace begins somewhere:
    where parents go round in circles, any span may stand for the trace.
    """
    own, above = _places(spans, "span_id"), _places(spans, "parent_span_id")
    is_retold = pc.not_equal(pc.bit_wise_and(spans["marks"], _RETOLD), 0)
    is_node = pc.equal(spans["name"], semconv.N8N_NODE_SPAN)
    is_root = pc.and_not(pc.invert(pc.is_in(above, value_set=own)), is_retold)
    stays = (
        pc.is_in(own, value_set=above),
        pc.invert(pc.is_in(above, value_set=own.filter(pc.invert(is_retold)))),
        pc.is_in(above, value_set=above.filter(is_node)),
        pc.is_in(spans["span_id"], value_set=shared.span_ids),
        pc.is_in(spans["name"], value_set=_N8N_SPANS),
        pc.is_in(spans["kind"], value_set=_ANSWERING),
        pc.is_valid(spans["links"]),
        pc.is_in(spans["trace_id"], value_set=shared.linked),
        pc.invert(pc.is_in(spans["trace_id"], value_set=spans["trace_id"].filter(is_root))),
    )
    is_involved = stays[0]
    for each in stays[1:]:
        is_involved = pc.or_(is_involved, each)
    return spans.filter(is_involved)


def _places(spans: pa.Table, id_column: str) -> pa.Array:
    """Trace id and that id as one; null where there is no such id."""
    trace_ids, ids = (spans[name].combine_chunks().cast(pa.binary()) for name in ("trace_id", id_column))
    return pc.binary_join_element_wise(trace_ids, ids, b"")
