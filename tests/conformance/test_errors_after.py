"""How every store must page through errors: errors_after."""

from random import Random

from correlator.store.contract import Store
from tests.conformance.records import (
    generated_trace,
    log,
    span,
    tables,
    trace_id,
)
from tests.conformance.stores import Settle, put


def test_errors_come_in_log_order_by_whole_requests(store: Store, settle: Settle) -> None:
    """At least one request, further ones while the rows stay within the limit."""
    positions = [
        put(store, settle, tables(spans=[span(trace_id(n), n * 10 + i, is_error=i > 0) for i in range(4)]))
        if n % 2
        else put(store, settle, tables(logs=[log(n, is_error=True), log(n), log(n, is_error=True)]))
        for n in range(6)
    ]
    assert _error_positions(store, -1, 100) == positions
    assert _error_positions(store, positions[1], 100) == positions[2:]
    assert _error_positions(store, -1, 1) == positions[:1]
    assert _error_positions(store, -1, 5) == positions[:2]
    assert _error_positions(store, positions[0], 4) == positions[1:2]
    assert _error_positions(store, positions[-1], 100) == []
    errors = store.errors_after(-1, 100)
    assert errors.spans["row"].to_pylist() == [1, 2, 3] * 3
    assert errors.logs["row"].to_pylist() == [0, 2] * 3
    assert errors.metrics.num_rows == 0


def test_paging_through_errors_reaches_each_once(store: Store, settle: Settle) -> None:
    """Following the last position of each page gives all errors, whatever the limit."""
    random = Random(3)
    for number in range(12):
        put(store, settle, tables(spans=generated_trace(random, number) + generated_trace(random, 50 + number)))
    expected = [(row["position"], row["row"]) for row in store.errors_after(-1, 10_000).spans.to_pylist()]
    assert len(expected) > 10
    for limit in (1, 3, 8):
        found, position = [], -1
        while (page := store.errors_after(position, limit).spans).num_rows:
            found += [(row["position"], row["row"]) for row in page.to_pylist()]
            position = found[-1][0]
        assert found == expected


def _error_positions(store: Store, position: int, limit: int) -> list[int]:
    errors = store.errors_after(position, limit)
    return sorted({*errors.spans["position"].to_pylist(), *errors.logs["position"].to_pylist()})
