"""What every store must know of services and what they do: services and operations."""

from random import Random

import pytest

from correlator.store.contract import Operation, Store
from tests.conformance.records import SECOND, T0, generated_trace, span, tables, trace_id
from tests.conformance.stores import Settle, put

EVER = (0, 2**62)


def test_services_are_named_in_order_each_once(store: Store, settle: Settle) -> None:
    """Wherever their spans lie."""
    for number, service in enumerate(("worker", "billing", "worker", "n8n")):
        put(store, settle, tables(spans=[span(trace_id(number), number, service_name=service)]))
    assert store.services(*EVER) == ("billing", "n8n", "worker")
    assert store.services(T0 + SECOND, T0 + 3 * SECOND) == ("billing", "worker")
    assert store.services(0, 1) == ()


def test_operations_are_told_by_name_and_kind(store: Store, settle: Settle) -> None:
    """Each once, in order; those of other services are none of its."""
    names = [("send", 4), ("send", 3), ("GET /", 2), ("send", 4)]
    for number, (name, kind) in enumerate(names):
        put(store, settle, tables(spans=[span(trace_id(number), number, name=name, kind=kind)]))
    put(store, settle, tables(spans=[span(trace_id(9), 9, name="other", service_name="worker")]))
    known = (Operation("GET /", 2), Operation("send", 3), Operation("send", 4))
    assert store.operations("bridge-api", *EVER, 100) == known
    assert store.operations("bridge-api", *EVER, 2) == known[:2]
    assert store.operations("bridge-api", T0 + SECOND, T0 + 2 * SECOND, 100) == (Operation("send", 3),)
    assert store.operations("nobody", *EVER, 100) == ()


@pytest.mark.parametrize("bounds", [EVER, (T0 + 10 * SECOND, T0 + 30 * SECOND)])
def test_both_are_those_of_a_scan(store: Store, settle: Settle, bounds: tuple[int, int]) -> None:
    """Over many requests."""
    random = Random(5)
    spans = [{**one, "kind": random.randrange(6)} for number in range(40) for one in generated_trace(random, number)]
    for first in range(0, len(spans), 30):
        put(store, settle, tables(spans=spans[first : first + 30]))
    seen = store.scan("traces", *bounds, ("service_name", "name", "kind")).to_pylist()
    assert store.services(*bounds) == tuple(sorted({one["service_name"] for one in seen}))
    for service in store.services(*bounds):
        of_service = {Operation(one["name"], one["kind"]) for one in seen if one["service_name"] == service}
        assert store.operations(service, *bounds, 1000) == tuple(sorted(of_service))
