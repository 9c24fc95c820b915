"""Row groups as they were decoded, kept for whoever looks at them next: who follows a story comes back to a few of them.

A trace is a handful of rows, and to get at them is to decode the thousands of their row group.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

Decode = Callable[[list[str]], pa.Table]
"""These columns of all rows of the group."""


@dataclass(slots=True)
class DecodedGroups:
    """Tables by owner and number of the row group, `limit_bytes` of Arrow buffers in all; the least recently used go first.

    Of a group the columns are kept that were asked for. Safe from any thread: two that miss the same decode it both.
    """

    limit_bytes: int
    size: int = 0  # bytes
    _tables: OrderedDict[tuple[Hashable, int], pa.Table] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def columns(self, owner: Hashable, group: int, names: Sequence[str], decode: Decode) -> pa.Table:
        """All rows of a group, in these columns; only those that are not kept are decoded."""
        known = self._known((owner, group))
        there = frozenset() if known is None else frozenset(known.column_names)
        missing = [name for name in names if name not in there]
        table = _side_by_side(known, decode(missing)) if known is None or missing else known
        if table is not known:
            self._keep((owner, group), table)
        return table.select(list(names))

    def drop(self, owner: Hashable) -> None:
        """Forget all groups of an owner."""
        with self._lock:
            for key in [key for key in self._tables if key[0] is owner]:
                self.size -= self._tables.pop(key).get_total_buffer_size()

    def _known(self, key: tuple[Hashable, int]) -> pa.Table | None:
        with self._lock:
            if key in self._tables:
                self._tables.move_to_end(key)
            return self._tables.get(key)

    def _keep(self, key: tuple[Hashable, int], table: pa.Table) -> None:
        with self._lock:
            if key in self._tables:
                self.size -= self._tables.pop(key).get_total_buffer_size()
            self._tables[key] = table
            self.size += table.get_total_buffer_size()
            while self.size > self.limit_bytes:
                _, oldest = self._tables.popitem(last=False)
                self.size -= oldest.get_total_buffer_size()


def _side_by_side(known: pa.Table | None, more: pa.Table) -> pa.Table:
    if known is None:
        return more
    return pa.table([*known.columns, *more.columns], schema=pa.schema([*known.schema, *more.schema]))
