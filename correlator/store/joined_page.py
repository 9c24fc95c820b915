"""Which of the records that carry a join key are given: the first of each key. Pure, for every store."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from correlator.correlate.stitch.join_keys import join_keys
from correlator.model.tables import Tables

ORDER: Final = ("key", "time_unix_nano", "trace_id", "span_id", "position", "row", "signal")
"""How the contract orders the records of a key; what is null comes last."""


def joined_page(records: Tables, keys: Sequence[str], start_unix_nano: int, end_unix_nano: int, limit: int) -> Tables:
    """The contract's find_joined among these records, of which each span is there once. In no particular order."""
    carried = within(carried_keys(records, keys), start_unix_nano, end_unix_nano)
    return records_named(records, first_of_each_key(carried, limit + 1))


def carried_keys(records: Tables, keys: Sequence[str]) -> pa.Table:
    """A row of ORDER for each of `keys` that each record carries."""
    carried = join_keys(records).select(list(ORDER))
    return carried.filter(pc.is_in(carried["key"], value_set=pa.array(keys, pa.string())))


def within(carried: pa.Table, start_unix_nano: int, end_unix_nano: int) -> pa.Table:
    """Those whose time is in [start, end)."""
    time = carried["time_unix_nano"]
    return carried.filter(pc.and_(pc.greater_equal(time, start_unix_nano), pc.less(time, end_unix_nano)))


def first_of_each_key(carried: pa.Table, count: int) -> pa.Table:
    """The first `count` rows of each key by ORDER; further columns come along."""
    if carried.num_rows <= count:
        return carried
    ordered = carried.sort_by([(name, "ascending") for name in ORDER])
    keys = ordered["key"].combine_chunks().dictionary_encode().indices.to_numpy()  # (rows,): equal ones side by side
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    place = np.arange(len(keys)) - np.repeat(starts, np.diff(starts, append=len(keys)))
    return ordered.filter(pa.array(place < count))


def records_named(records: Tables, carried: pa.Table) -> Tables:
    """Those of `records` whose signal, position and row are in `carried`, each once."""
    spans, logs = (carried.filter(pc.equal(carried["signal"], signal)) for signal in ("traces", "logs"))
    return Tables(spans=rows_at(records.spans, spans), logs=rows_at(records.logs, logs))


def rows_at(records: pa.Table, wanted: pa.Table) -> pa.Table:
    """Those of `records`, of one signal, whose position and row are in `wanted`."""
    return records.filter(pa.array(np.isin(_places(records), _places(wanted))))


def _places(records: pa.Table) -> np.ndarray:
    """What no two records of a signal share: (rows,) of (position, row)."""
    pairs = np.column_stack([records["position"].to_numpy(), records["row"].to_numpy()]).astype(np.int64)
    return np.ascontiguousarray(pairs).view([("position", np.int64), ("row", np.int64)]).ravel()
