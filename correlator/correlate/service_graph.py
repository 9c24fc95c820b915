"""The service graph of a table of spans, from the parents that they name.

A call is a span whose parent belongs to another service, or is not in the table. A job that is only *linked* to what
queued it is a call of its callee, but no edge: links are not among the columns that are read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from correlator import semconv
from correlator.model.service_graph import CALL, QUEUE, Durations, ServiceEdge, ServiceGraph, ServiceNode

COLUMNS: Final = (
    "trace_id",
    "span_id",
    "parent_span_id",
    "service_name",
    "system",
    "kind",
    "start_time_unix_nano",
    "end_time_unix_nano",
    "is_error",
)
"""The columns of model.tables.SPANS that are read."""
QUANTILES: Final = (0.50, 0.95, 0.99)
CONNECTIONS: Final = (CALL, QUEUE)

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Calls:
    """One entry a call: the group it is counted in, whether it failed, how long it took in nanoseconds."""

    group: Integers
    is_error: Booleans
    duration_nano: Integers


def service_graph(spans: pa.Table) -> ServiceGraph:
    """Services and their calls; of a span that is there twice the one that ended last counts. Empty in, empty out.

    `spans` has at least COLUMNS, in any order; rows in any order give the same graph.
    """
    spans = _each_once(spans.select(COLUMNS).combine_chunks())
    if spans.num_rows == 0:
        return ServiceGraph()
    names, service = _codes(spans.column("service_name"))  # service: (spans,) index into names
    caller = _caller_services(spans, service)  # (spans,) -1 without a parent here
    is_call = caller != service
    is_error = spans.column("is_error").to_numpy().astype(np.bool_)
    duration_nano = np.maximum(_integers(spans, "end_time_unix_nano") - _integers(spans, "start_time_unix_nano"), 0)
    into_service = _Calls(service[is_call], is_error[is_call], duration_nano[is_call])
    is_edge = is_call & (caller >= 0)
    is_queued = _integers(spans, "kind") == semconv.KIND_CONSUMER
    edge = (caller * len(names) + service) * len(CONNECTIONS) + is_queued  # one number for (caller, callee, connection)
    between = _Calls(edge[is_edge], is_error[is_edge], duration_nano[is_edge])
    return ServiceGraph(
        tuple(_nodes(names, service, _systems(spans, service, len(names)), into_service)), tuple(_edges(names, between))
    )


def _each_once(spans: pa.Table) -> pa.Table:
    """One row a span: the one that ended last, ties by the other columns. A sort only where there is a double."""
    identity = _identity(spans, "span_id")
    if pc.count_distinct(identity).as_py() == spans.num_rows:
        return spans
    ties = (
        "end_time_unix_nano",
        "start_time_unix_nano",
        "is_error",
        "kind",
        "service_name",
        "system",
        "parent_span_id",
    )
    plain = pa.table({name: _plain(spans.column(name)) for name in COLUMNS})
    ordered = plain.take(pc.sort_indices(plain, sort_keys=[(name, "descending") for name in ties]))
    identity = _identity(ordered, "span_id")
    first = pc.index_in(identity, value_set=identity).to_numpy()
    return ordered.filter(pa.array(first == np.arange(len(first))))


def _identity(spans: pa.Table, column: str) -> pa.ChunkedArray:
    """(trace id, span id of `column`) as one binary value; null where the column is."""
    parts = (spans.column(name).cast(pa.binary()) for name in ("trace_id", column))
    return pc.binary_join_element_wise(*parts, b"")


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A dictionary-encoded column as plain text; any other as it is."""
    if pa.types.is_dictionary(column.type):
        return column.cast(column.type.value_type)
    return column.cast(pa.binary()) if pa.types.is_fixed_size_binary(column.type) else column


def _integers(spans: pa.Table, column: str) -> Integers:
    integers: Integers = spans.column(column).to_numpy().astype(np.int64)
    return integers


def _codes(column: pa.ChunkedArray) -> tuple[Sequence[str], Integers]:
    """The distinct values in order, and each row's index into them."""
    plain = _plain(column)
    names = pc.unique(plain).sort()
    return names.to_pylist(), pc.index_in(plain, value_set=names).to_numpy().astype(np.int64)


def _caller_services(spans: pa.Table, service: Integers) -> Integers:
    """Service of each span's parent; -1 where it has none here."""
    row = pc.index_in(_identity(spans, "parent_span_id"), value_set=_identity(spans, "span_id"))
    parent: Integers = pc.fill_null(row, -1).to_numpy().astype(np.int64)
    caller: Integers = np.where(parent >= 0, service[parent], -1)
    return caller


def _systems(spans: pa.Table, service: Integers, services: int) -> list[str]:
    """The system of most spans of each service, ties by name."""
    names, system = _codes(spans.column("system"))
    spans_per_system = np.bincount(service * len(names) + system, minlength=services * len(names))
    return [names[code] for code in spans_per_system.reshape(services, len(names)).argmax(axis=1)]


def _nodes(names: Sequence[str], service: Integers, systems: Sequence[str], calls: _Calls) -> list[ServiceNode]:
    spans = np.bincount(service, minlength=len(names))
    counted = _count(calls, np.arange(len(names)))
    return [
        ServiceNode(name, system, int(of_service), *of_calls)
        for name, system, of_service, of_calls in zip(names, systems, spans, counted, strict=True)
    ]


def _edges(names: Sequence[str], calls: _Calls) -> list[ServiceEdge]:
    groups = np.unique(calls.group)
    pairs, connections = np.divmod(groups, len(CONNECTIONS))
    callers, callees = np.divmod(pairs, len(names))
    return [
        ServiceEdge(names[caller], names[callee], CONNECTIONS[connection], *of_calls)
        for caller, callee, connection, of_calls in zip(
            callers, callees, connections, _count(calls, groups), strict=True
        )
    ]


def _count(calls: _Calls, groups: Integers) -> list[tuple[int, int, Durations]]:
    """Calls, errors and durations of each of `groups`, which ascend and hold every group of the calls."""
    order = np.lexsort((calls.duration_nano, calls.group))
    place = np.searchsorted(groups, calls.group)
    sizes = np.bincount(place, minlength=len(groups))
    errors = np.bincount(place, weights=calls.is_error, minlength=len(groups))
    ends = np.cumsum(sizes)
    durations = [_nearest_rank(calls.duration_nano[order], ends - sizes, sizes, quantile) for quantile in QUANTILES]
    return [
        (int(size), int(failed), Durations(*map(int, quantiles)))
        for size, failed, *quantiles in zip(sizes, errors, *durations, strict=True)
    ]


def _nearest_rank(ordered: Integers, starts: Integers, sizes: Integers, quantile: float) -> Any:
    """The value at rank ceil(quantile * size) of each group's ascending run; 0 for an empty group."""
    rank = np.maximum(np.ceil(quantile * sizes).astype(np.int64), 1) - 1
    return np.where(sizes > 0, np.append(ordered, 0)[np.where(sizes > 0, starts + rank, -1)], 0)
