"""Which spans are events, and which of them were told before. Pure, for every store."""

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from correlator import semconv
from correlator.model.unique_spans import has_double, identity_hashes, unique_spans
from correlator.store.contract import N8N_COLUMNS, EventPage

EVENT_KINDS: Final = pa.array([semconv.KIND_SERVER, semconv.KIND_PRODUCER, semconv.KIND_CONSUMER], pa.int8())
N8N_NAMES: Final = pa.array([semconv.N8N_WORKFLOW_SPAN, semconv.N8N_NODE_SPAN])
IDENTITY: Final = ("trace_id", "span_id")


def is_event(spans: pa.Table) -> Any:
    """Of each span, whether its kind makes it an event; needs the column kind."""
    return pc.is_in(spans["kind"], value_set=EVENT_KINDS)


def is_of_n8n(spans: pa.Table) -> Any:
    """Of each span, whether it tells of an execution or a node; needs the column name."""
    return pc.is_in(spans["name"], value_set=N8N_NAMES)


def event_page(position: int, fresh: pa.Table, earlier: pa.Table, columns: tuple[str, ...]) -> EventPage:
    """The page of whole spans `fresh`, in any order, given all spans that may have been told before.

    Nearly always nothing came twice; then only `columns` of the events are copied.
    """
    mask = is_event(fresh)
    events = fresh.select(list(dict.fromkeys((*columns, *IDENTITY)))).filter(mask)
    is_told = told_in(earlier, events)
    before = earlier.filter(is_told) if pc.any(is_told).as_py() else earlier.slice(0, 0)
    n8n = fresh.select(N8N_COLUMNS).filter(is_of_n8n(fresh))
    if not before.num_rows and not has_double(events):
        return EventPage(position, events.select(columns), before, n8n)
    is_again, whole = told_in(events, before), fresh.filter(mask)
    return EventPage(
        position,
        spans=unique_spans(whole.filter(pc.invert(is_again))).select(columns),
        told_again=pa.concat_tables([whole.filter(is_again), before]),
        n8n=n8n,
    )


def told_in(spans: pa.Table, others: pa.Table) -> pa.Array:
    """Of each span, whether `others` have its (trace_id, span_id), too."""
    if not (spans.num_rows and others.num_rows):
        return pa.array(np.zeros(spans.num_rows, dtype=bool))
    hashes, of_others = identity_hashes(spans), identity_hashes(others)
    is_told = np.isin(hashes, of_others)
    if not is_told.any():
        return pa.array(is_told)
    known = set(_identities(others, np.flatnonzero(np.isin(of_others, hashes[is_told]))))
    rows = np.flatnonzero(is_told)
    is_told[rows] = [each in known for each in _identities(spans, rows)]
    return pa.array(is_told)


def _identities(spans: pa.Table, rows: np.ndarray) -> list[bytes]:
    some = spans.select(IDENTITY).take(pa.array(rows))
    pairs = zip(some["trace_id"].to_pylist(), some["span_id"].to_pylist(), strict=True)
    return [trace_id + span_id for trace_id, span_id in pairs]
