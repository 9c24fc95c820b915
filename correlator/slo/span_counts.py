"""Good and total events a minute of spans, in columns: the same sums as Selection's outcomes one by one.

Idea: spans fall into few cells, of one sort, one minute, failed or not, one range of durations between two latencies that
some objective names. All spans of a cell are good or bad for an objective together, so Python runs per cell. Only spans of
sorts that some objective asks attributes of are looked at one by one.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from correlator import semconv
from correlator.model.objective import Events, RecordSource
from correlator.model.outcome import MinuteChange, MinuteKey
from correlator.model.rows import json_object
from correlator.slo.minute_series import MINUTE_NANO, Ints
from correlator.slo.selection import Choice, Selection, Sort, has_attributes

EVENTS_OF_KIND: Final[Mapping[int, Events]] = {
    semconv.KIND_SERVER: "server_calls",
    semconv.KIND_PRODUCER: "sends",
    semconv.KIND_CONSUMER: "jobs",
}
COLUMNS: Final = (
    "kind", "system", "service_name", "name", "is_error", "start_time_unix_nano", "end_time_unix_nano",
)  # fmt: skip
ATTRIBUTES: Final = ("attributes", "resource_attributes")
NANO_PER_MS: Final = 1e6
Sums = dict[MinuteKey, MinuteChange]


def count_spans(spans: pa.Table, selection: Selection) -> Sums:
    """What these spans add to minutes, by objective. `spans` have COLUMNS, each span once, all of EVENTS_OF_KIND; where
    the selection asks for attributes ATTRIBUTES, too. An event counts in the minute in which it ended.
    """
    sums: Sums = {}
    if spans.num_rows:
        told = _told(spans, selection)
        _add_cells(sums, told, selection)
        _add_by_attributes(sums, spans, told, selection)
    return sums


def difference(after: Sums, before: Sums) -> Sums:
    """What has to be added to come from `before` to `after`; nothing where they are the same."""
    none = MinuteChange(0, 0)
    changes = {
        key: MinuteChange(one.good - other.good, one.total - other.total)
        for key in after.keys() | before.keys()
        for one, other in [(after.get(key, none), before.get(key, none))]
    }
    return {key: each for key, each in changes.items() if each != none}


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """Of each span: the place of its sort in `sorts`, its minute, whether it failed, and in `bucket` how many of the
    selection's latencies it took longer than. All (spans,)."""

    sorts: list[Sort]
    sort: Ints
    minute: Ints
    is_error: Ints
    bucket: Ints


def _told(spans: pa.Table, selection: Selection) -> _Told:
    sort, sorts = _sorts(spans)
    start, end = (spans[f"{name}_time_unix_nano"].to_numpy() for name in ("start", "end"))
    bucket = np.searchsorted(np.asarray(selection.latencies_ms), (end - start) / NANO_PER_MS, side="left")
    return _Told(sorts, sort, end // MINUTE_NANO, spans["is_error"].to_numpy().astype(np.int64), bucket)


def _add_cells(sums: Sums, told: _Told, selection: Selection) -> None:
    first, buckets = int(told.minute.min()), len(selection.latencies_ms) + 1
    minutes = int(told.minute.max()) - first + 1
    code = ((told.sort * minutes + told.minute - first) * 2 + told.is_error) * buckets + told.bucket
    cells, counts = np.unique(code, return_counts=True)
    rest, bucket = np.divmod(cells, buckets)
    rest, is_error = np.divmod(rest, 2)
    sort, minute = np.divmod(rest, minutes)
    columns = (sort, minute + first, is_error, bucket, counts)
    for place, at, failed, longer_than, count in zip(*(each.tolist() for each in columns), strict=True):
        for choice in selection.choices(told.sorts[place]):
            if not choice.attributes:
                good = count if _is_good(choice.source, failed, longer_than, selection) else 0
                _add(sums, MinuteKey(choice.objective.id, at), good, count)


def _add_by_attributes(sums: Sums, spans: pa.Table, told: _Told, selection: Selection) -> None:
    """Of the spans of sorts that some objective asks attributes of."""
    asked = [place for place, sort in enumerate(told.sorts) if any(each.attributes for each in selection.choices(sort))]
    rows = np.flatnonzero(np.isin(told.sort, asked)) if asked else np.empty(0, np.int64)
    attributes = _attributes(spans, rows) if len(rows) else ()
    for row, given in zip(rows.tolist(), attributes, strict=True):
        for choice in _with_attributes(selection.choices(told.sorts[told.sort[row]]), given):
            good = _is_good(choice.source, bool(told.is_error[row]), int(told.bucket[row]), selection)
            _add(sums, MinuteKey(choice.objective.id, int(told.minute[row])), int(good), 1)


def _with_attributes(choices: Iterable[Choice], given: Mapping[str, Any]) -> Iterator[Choice]:
    return (each for each in choices if each.attributes and has_attributes(given, each.attributes))


def _is_good(source: RecordSource, has_failed: bool, longer_than: int, selection: Selection) -> bool:
    """As selection.is_good says of an event whose duration is known, and that failed in no silence."""
    if has_failed and "failed" in source.failing:
        return False
    return source.latency_ms is None or longer_than <= selection.latencies_ms.index(source.latency_ms)


def _add(sums: Sums, key: MinuteKey, good: int, total: int) -> None:
    before = sums.get(key)
    sums[key] = MinuteChange(good, total) if before is None else MinuteChange(before.good + good, before.total + total)


def _sorts(spans: pa.Table) -> tuple[Ints, list[Sort]]:
    """The place of each span's sort in the list of them: (spans,)."""
    columns = [_codes(spans[name]) for name in ("system", "service_name", "name")]
    kind: Ints = spans["kind"].to_numpy().astype(np.int64)
    code = kind
    for codes, values in columns:
        code = code * len(values) + codes
    _, rows, sort = np.unique(code, return_index=True, return_inverse=True)
    sorts = []
    for row in rows:
        system, service, operation = (values[codes[row]] for codes, values in columns)
        sorts.append(Sort(EVENTS_OF_KIND[int(kind[row])], system, service, operation, "", ""))
    return sort.astype(np.int64), sorts


def _codes(column: pa.ChunkedArray) -> tuple[Ints, list[str]]:
    """Each text by its place in a list of all. Nulls are empty texts."""
    encoded = column.dictionary_encode().unify_dictionaries()
    values = encoded.chunk(0).dictionary.to_pylist() if encoded.num_chunks else []
    indices = [chunk.indices.fill_null(len(values)).to_numpy(zero_copy_only=False) for chunk in encoded.chunks]
    codes: npt.NDArray[Any] = np.concatenate(indices) if indices else np.empty(0)
    return codes.astype(np.int64), [*values, ""]


def _attributes(spans: pa.Table, rows: Ints) -> Iterator[Mapping[str, Any]]:
    """Those of the record and of its sender; where both have one, the record's."""
    some = spans.select(ATTRIBUTES).take(pa.array(rows))
    senders: dict[str, dict[str, Any]] = {}
    for own, sender in zip(some["attributes"].to_pylist(), some["resource_attributes"].to_pylist(), strict=True):
        if sender not in senders:
            senders[sender] = json_object(sender)
        yield senders[sender] | json_object(own)
