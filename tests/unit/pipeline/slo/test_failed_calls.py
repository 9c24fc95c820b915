"""Nodes that went on though their call failed."""

from itertools import permutations

import pytest

from correlator.model.objective import RecordSource
from correlator.pipeline.slo.failed_calls import MARKS
from correlator.store.contract import Store
from correlator.store.memory import MemoryStore
from tests.conformance.records import span, span_id, trace_id
from tests.unit.pipeline.slo.told import NOW, SECOND, counted, execution, in_force, node, send, sums
from tests.unit.slo.series import objective

STRICT = objective(id="o", source=RecordSource("executions", failing=("failed", "continued_on_error")))
CALLING = node(1, "Call", 1, ended=NOW - SECOND)


def answered(
    number: int, *, is_error: bool, ended: int = NOW - 2 * SECOND, below: bytes | None = None
) -> dict[str, object]:
    """The bridge's answer to the node's call."""
    return span(
        trace_id(1),
        number,
        parent_span_id=CALLING["span_id"] if below is None else below,
        start_time_unix_nano=ended - 1,
        end_time_unix_nano=ended,
        is_error=is_error,
    )


def failed_nodes(store: Store) -> list[tuple[str, ...]]:
    return [run.failed_nodes for run in store.runs_of("w1", 9)]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_call_that_failed_below_a_node_that_went_on_is_told(order: tuple[int, ...]) -> None:
    """Whichever of call, node and execution comes first."""
    records = (answered(50, is_error=True), CALLING, execution(1))
    store = MemoryStore()
    for place in order:
        send(store, records[place])
        counted(store, in_force(store, STRICT))
    assert failed_nodes(store) == [("Call",)]
    assert sums(store) == (0, 1)
    assert store.runs_of("w1", 1)[0].silent == ("continued_on_error",)


def test_a_retry_that_worked_is_no_failure() -> None:
    """The last call decides."""
    store = MemoryStore()
    tries = (answered(50, is_error=True), answered(51, is_error=False, ended=NOW - SECOND - 1))
    send(store, *tries, CALLING, execution(1))
    counted(store, in_force(store, STRICT))
    assert (failed_nodes(store), sums(store)) == ([()], (1, 1))


def test_calls_further_down_are_not_the_nodes() -> None:
    """What the bridge calls may fail, and be mended there."""
    store = MemoryStore()
    send(store, answered(50, is_error=False), answered(51, is_error=True, below=span_id(50)), CALLING, execution(1))
    counted(store, in_force(store, STRICT))
    assert sums(store) == (1, 1)


def test_an_execution_that_failed_is_not_silent() -> None:
    """It says so itself."""
    store = MemoryStore()
    send(store, answered(50, is_error=True), CALLING, execution(1, "error"))
    counted(store, in_force(store, STRICT))
    assert store.runs_of("w1", 1)[0].silent == ()
    assert sums(store) == (0, 1)


def test_marks_of_failed_calls_are_bounded() -> None:
    """The newest of a page are kept."""
    store = MemoryStore()
    calls = (
        span(trace_id(n), n, parent_span_id=span_id(n + 1), is_error=True, start_time_unix_nano=NOW + n)
        for n in range(MARKS + 5)
    )
    send(store, *calls)
    counted(store, in_force(store, STRICT))
    kept = [trace_id(n).hex() for n in range(MARKS + 5) if store.parts_in([trace_id(n).hex()])]
    assert kept == [trace_id(n).hex() for n in range(5, MARKS + 5)]
