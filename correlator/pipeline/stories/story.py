"""The whole story of a trace: the other traces, and log records without one, that share a join key with it. Within bounds.

Breadth first: the trace, its keys, who else carries them, those traces whole, their keys, until nothing is new. Payloads,
which other stories may share, are looked up last, only for traces that are known to belong to the story, and near in time.
A trace that nothing shares a key with costs one look-up. What a bound keeps out of the story is said in words.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from correlator.correlate.stitch import KEYED, join_keys, stitch
from correlator.model.precisions import UNMEASURED, Precisions
from correlator.model.story import Story
from correlator.model.tables import TIME_COLUMNS, Tables, concat
from correlator.store.contract import Reader

INT64_MAX: Final = 2**63 - 1
LINK: Final = "trace:"
PAYLOAD: Final = "payload:"
NAMED_KEYS: Final = 3
"""Keys that are too common, named in what was left out; the rest are counted."""


@dataclass(frozen=True, slots=True)
class StoryBounds:
    """How far a story is looked for: records that carry a key within `window_s` of a trace's own extent (`payload_window_s`
    where the key is a payload), `max_traces` read in all, keys that at most so many records carry."""

    window_s: float = 86_400.0
    payload_window_s: float = 300.0
    max_traces: int = 200
    records_per_key: int = 1_000
    records_per_payload: int = 100


@dataclass(frozen=True, slots=True)
class StoryRecords:
    """A story, and the records it was made from: those of its traces, of traces near it, and log records without a trace.

    `left_out` says in words what a bound kept out.
    """

    story: Story
    tables: Tables
    left_out: tuple[str, ...] = ()


class StoryReader:
    """Reads stories from a store. Safe from any thread."""

    def __init__(self, reader: Reader, precisions: Precisions = UNMEASURED, bounds: StoryBounds | None = None) -> None:
        self._reader = reader
        self._precisions = precisions
        self._bounds = bounds or StoryBounds()

    def read(self, trace_id: bytes) -> StoryRecords | None:
        """The story that a trace belongs to; None when there is no such trace."""
        alone = self._reader.read_trace(trace_id)
        if alone.num_rows == 0:
            return None
        search = StorySearch(self._reader, self._bounds, max_traces=self._bounds.max_traces)
        search.add(alone)
        story = self._story_of(trace_id, search)
        while search.look_for_payloads(story.trace_ids):
            story = self._story_of(trace_id, search)
        return StoryRecords(story, search.tables, search.left_out())

    def _story_of(self, trace_id: bytes, search: "StorySearch") -> Story:
        search.follow_ids()
        name = trace_id.hex()
        if search.is_alone:
            return Story(name, (name,))
        stories = stitch(search.tables, self._precisions, search.keyed)
        return next(story for story in stories if name in story.trace_ids)


class StorySearch:
    """The stories of some traces: all that was read of them so far, and what has not been looked up yet.

    `max_traces` are read in all; `bounds` tells the other limits.
    """

    def __init__(self, reader: Reader, bounds: StoryBounds, *, max_traces: int) -> None:
        self._reader = reader
        self._bounds = bounds
        self._max_traces = max_traces
        self.tables = Tables()
        self.keyed = KEYED.empty_table()  # the join keys of `tables`
        self._traces: set[bytes] = set()
        self._loose: set[tuple[int, int]] = set()  # position and row of log records without a trace
        self._asked: set[str] = set()
        self._common: set[str] = set()
        self._cut: set[bytes] = set()
        self._unfollowed: list[Tables] = []
        self._unfollowed_keys: list[pa.Table] = []
        self._payloads: dict[bytes | None, set[str]] = {}  # by the trace whose records carry them

    @property
    def is_alone(self) -> bool:
        """Whether there is one trace and nothing else."""
        return len(self._traces) == 1 and not self._loose

    def add(self, records: Tables) -> None:
        """Take records that were read already."""
        self._traces |= _traces_of(records)
        self.tables = concat([self.tables, records]) if self.tables.num_rows else records
        keyed = join_keys(records)
        self.keyed = pa.concat_tables([self.keyed, keyed])
        self._unfollowed.append(records)
        self._unfollowed_keys.append(keyed)

    def add_traces(self, trace_ids: Sequence[bytes]) -> None:
        """Read these traces, each once, the first ones where there is no room for all."""
        new = [trace_id for trace_id in dict.fromkeys(trace_ids) if trace_id not in self._traces]
        room = max(0, self._max_traces - len(self._traces))
        self._cut |= set(new[room:])
        if new[:room] and (records := self._reader.read_traces(new[:room])).num_rows:
            self.add(records)

    def follow_ids(self) -> None:
        """Look up the ids of all that was read, and of what that brings, until nothing is new."""
        while self._unfollowed:
            records, self._unfollowed = concat(self._unfollowed), []
            keyed, self._unfollowed_keys = pa.concat_tables(self._unfollowed_keys), []
            keys = {LINK + trace_id.hex() for trace_id in _traces_of(records)}
            for key, trace_id in zip(keyed["key"].to_pylist(), keyed["trace_id"].to_pylist(), strict=True):
                if key.startswith(PAYLOAD):
                    self._payloads.setdefault(trace_id, set()).add(key)
                else:
                    keys.add(key)
            self._look_up(keys, records, self._bounds.window_s, self._bounds.records_per_key)

    def look_for_payloads(self, trace_ids: Iterable[str] | None = None) -> bool:
        """Look up the payloads of these traces (None: of all that were read); whether that brought anything."""
        members = self._payloads if trace_ids is None else [bytes.fromhex(trace_id) for trace_id in trace_ids]
        keys = {key for trace_id in members for key in self._payloads.get(trace_id, ())}
        if keys <= self._asked:
            return False
        near = self.tables if trace_ids is None else of_traces(self.tables, trace_ids)
        self._look_up(keys, near, self._bounds.payload_window_s, self._bounds.records_per_payload)
        return bool(self._unfollowed)

    def left_out(self) -> tuple[str, ...]:
        """What the bounds kept out."""
        cut, more = len(self._cut - self._traces), len(self._common) - NAMED_KEYS
        return (
            *([f"{cut} more traces that may belong to it: over {self._max_traces} are not read"] if cut else []),
            *(f"what shares {key}: too many records carry it to join by" for key in sorted(self._common)[:NAMED_KEYS]),
            *([f"what shares {more} more keys that too many records carry"] if more > 0 else []),
        )

    def _look_up(self, keys: set[str], near: Tables, window_s: float, limit: int) -> None:
        """Read the traces, and take the loose log records, that carry any of these keys, near in time to these records."""
        new = sorted(keys - self._asked)
        if not new:
            return
        self._asked |= set(new)
        start, end = _extent(near, int(window_s * 1e9))
        found = self._reader.find_joined(new, start, end, limit)
        linked = [bytes.fromhex(key.removeprefix(LINK)) for key in new if key.startswith(LINK)]
        if found.num_rows == 0:
            self.add_traces(linked)
            return
        carried = _carried(found, new)
        common = _more_than(limit, carried)
        self._common |= common
        carried = carried.filter(pc.invert(pc.is_in(carried["key"], value_set=pa.array(sorted(common), pa.string()))))
        self._take_logs(found.logs, carried)
        self.add_traces([*_by_time(carried), *linked])

    def _take_logs(self, logs: pa.Table, carried: pa.Table) -> None:
        """The log records without a trace among those that carry a key, each once."""
        loose = carried.filter(pc.is_null(carried["trace_id"]))
        places = set(zip(loose["position"].to_pylist(), loose["row"].to_pylist(), strict=True)) - self._loose
        if not places:
            return
        here = zip(logs["position"].to_pylist(), logs["row"].to_pylist(), strict=True)
        self._loose |= places
        self.add(Tables(logs=logs.filter(pa.array([place in places for place in here], pa.bool_()))))


def of_traces(tables: Tables, trace_ids: Iterable[str]) -> Tables:
    """The spans and log records of these traces (32 hex digits each)."""
    members = pa.array([bytes.fromhex(trace_id) for trace_id in trace_ids], pa.binary(16))
    spans, logs = (table.filter(pc.is_in(table["trace_id"], value_set=members)) for table in _signals(tables))
    return Tables(spans=spans, logs=logs)


def _signals(tables: Tables) -> tuple[pa.Table, pa.Table]:
    return tables.spans, tables.logs


def _traces_of(tables: Tables) -> set[bytes]:
    return {each for table in _signals(tables) for each in pc.unique(table["trace_id"]).to_pylist()} - {None}


def _carried(found: Tables, keys: Sequence[str]) -> pa.Table:
    carried = join_keys(found)
    return carried.filter(pc.is_in(carried["key"], value_set=pa.array(keys, pa.string())))


def _more_than(limit: int, carried: pa.Table) -> set[str]:
    counts = Counter(carried["key"].to_pylist())
    return {key for key, count in counts.items() if count > limit}


def _by_time(carried: pa.Table) -> list[bytes]:
    """The traces that carry a key, by the time of their first such record; ties by trace id."""
    first: dict[bytes, int] = {}
    for trace_id, time in zip(carried["trace_id"].to_pylist(), carried["time_unix_nano"].to_pylist(), strict=True):
        if trace_id is not None:
            first[trace_id] = min(time, first.get(trace_id, time))
    return sorted(first, key=lambda trace_id: (first[trace_id], trace_id))


def _extent(tables: Tables, window_nano: int) -> tuple[int, int]:
    """[start, end) of the records' times, widened on both sides, within what a time can be."""
    times = [
        table[name].to_numpy()
        for table, name in (
            (tables.spans, TIME_COLUMNS["traces"]),
            (tables.spans, "end_time_unix_nano"),
            (tables.logs, TIME_COLUMNS["logs"]),
        )
        if table.num_rows
    ]
    first, last = int(min(map(np.min, times))), int(max(map(np.max, times)))
    return max(0, first - window_nano), min(INT64_MAX, last + window_nano + 1)
