"""Turns a head into segments: sorted, each span once, one file a signal that it has records of."""

from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from correlator.model.tables import SCHEMAS
from correlator.model.unique_spans import unique_spans
from correlator.store.segments.disk import Disk
from correlator.store.segments.files.key_index import key_entries
from correlator.store.segments.files.segment import SegmentBounds
from correlator.store.segments.files.segment_writer import SEAL_LEVEL, SegmentSource, write_segment
from correlator.store.segments.head import HeadView

SORT_KEYS = {
    "traces": [("trace_id", "ascending"), ("span_id", "ascending")],
    "logs": [("trace_id", "ascending"), ("time_unix_nano", "ascending")],
    "metrics": [("name_text", "ascending"), ("time_unix_nano", "ascending")],
}


def seal(folder: Path, disk: Disk, head: HeadView, start: int) -> list[SegmentBounds]:
    """Durable segments with all that `head` holds, from log position `start` on. Raises OSError."""
    errors_of = head.errors_after(-1)
    errors = {"traces": [errors_of.spans], "logs": [errors_of.logs], "metrics": []}
    sealed = []
    for signal in SCHEMAS:
        records = head.of_signal(signal)
        if records.num_rows:
            parts, keys = [in_order(signal, records)], partial(key_entries, signal)
            source = SegmentSource(signal, start, head.end, parts, errors[signal], keys)
            sealed.append(write_segment(folder, disk, source, SEAL_LEVEL))
    return sealed


def in_order(signal: str, records: pa.Table) -> pa.Table:
    """The records in their signal's order (nulls last), in one chunk, each span once."""
    records = (unique_spans(records) if signal == "traces" else records).combine_chunks()
    keyed = records.append_column("name_text", records["name"].cast(pa.string())) if signal == "metrics" else records
    order = keyed.select([name for name, _ in SORT_KEYS[signal]])
    indices = pc.sort_indices(order, sort_keys=SORT_KEYS[signal])
    return records.take(indices).combine_chunks()
