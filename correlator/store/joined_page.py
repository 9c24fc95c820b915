"""Which of the records that carry a join key are given: the first of each key. Pure, for every store."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from correlator.model.tables import Tables
from correlator.store.plain_keys import join_keys

ORDER: Final = ("key", "time_unix_nano", "trace_id", "span_id", "position", "row", "signal")
"""How the contract orders the records of a key; what is null comes last."""


def joined_page(records: Tables, keys: Sequence[str], start_unix_nano: int, end_unix_nano: int, limit: int) -> Tables:
    """The contract's find_joined among these records, of which each span is there once. In no particular order."""
    carried = join_keys(records).select(list(ORDER))
    time = carried["time_unix_nano"]
    is_asked_for = pc.is_in(carried["key"], value_set=pa.array(keys, pa.string()))
    in_range = pc.and_(pc.greater_equal(time, start_unix_nano), pc.less(time, end_unix_nano))
    chosen = first_of_each_key(carried.filter(pc.and_(is_asked_for, in_range)), limit + 1)
    return Tables(spans=_chosen(records.spans, chosen, "traces"), logs=_chosen(records.logs, chosen, "logs"))


def first_of_each_key(carried: pa.Table, count: int) -> pa.Table:
    """The first `count` rows of each key by ORDER, columns that it has; a row that is there twice counts once."""
    ordered = _distinct(carried.sort_by([(name, "ascending") for name in ORDER]))
    keys = ordered["key"].combine_chunks().dictionary_encode().indices.to_numpy()  # (rows,): equal ones side by side
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    place = np.arange(len(keys)) - np.repeat(starts, np.diff(starts, append=len(keys)))
    return ordered.filter(pa.array(place < count))


def _distinct(ordered: pa.Table) -> pa.Table:
    if ordered.num_rows < 2:
        return ordered
    is_same = [pc.equal(ordered[name][1:], ordered[name][:-1]) for name in ("key", "position", "row", "signal")]
    is_repeated = np.logical_and.reduce([one.to_numpy() for one in is_same])
    return ordered.filter(pa.array(np.append([True], ~is_repeated)))


def _chosen(records: pa.Table, chosen: pa.Table, signal: str) -> pa.Table:
    """Those of `records` that `chosen` names by position and row."""
    of_signal = chosen.filter(pc.equal(chosen["signal"], signal))
    return records.filter(pa.array(np.isin(_places(records), _places(of_signal))))


def _places(records: pa.Table) -> np.ndarray:
    """A number pair for each record that no other record of its signal has: (rows,) of two int64."""
    pairs = np.column_stack([records["position"].to_numpy(), records["row"].to_numpy()]).astype(np.int64)
    return np.ascontiguousarray(pairs).view([("position", np.int64), ("row", np.int64)]).ravel()
