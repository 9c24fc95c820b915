"""Counting what comes into a store."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from correlator.model.objective import RecordSource
from correlator.model.outcome import MinuteSums
from correlator.store.contract import Store
from correlator.store.memory import MemoryStore
from correlator.store.segments import SegmentStore
from tests.conformance.records import decode
from tests.unit.pipeline.slo.told import (
    MINUTE,
    NOW,
    REST,
    SECOND,
    WORKER,
    call,
    counted,
    execution,
    in_force,
    minutes,
    node,
    send,
    sums,
)
from tests.unit.slo.series import objective

CALLS = objective(id="o", source=RecordSource("server_calls", latency_ms=2_000.0))
RUNS = objective(id="o", source=RecordSource("executions"))
MINUTE_NANO = 60 * SECOND


@pytest.fixture
def store() -> Iterator[Store]:
    store = MemoryStore()
    yield store
    store.close()


def test_calls_are_counted_in_the_minute_in_which_they_ended(store: Store) -> None:
    """However long ago they began, and whenever they come."""
    send(store, call(1, took=MINUTE_NANO), call(2, ended=NOW - 1), call(3, is_error=True))
    counted(store, in_force(store, CALLS))
    assert minutes(store) == [MinuteSums(MINUTE - 1, 1, 1), MinuteSums(MINUTE, 0, 2)]


def test_minutes_with_events_are_known(store: Store) -> None:
    """And no other."""
    send(store, call(1), call(2, ended=NOW - 5 * MINUTE_NANO))
    counted(store, in_force(store, CALLS))
    assert store.known_minutes(0, 2**40) == (MINUTE - 5, MINUTE)


def test_a_call_that_comes_again_is_counted_once(store: Store) -> None:
    """In one request, in another, after it was counted."""
    ledger = in_force(store, CALLS)
    send(store, call(1), call(1))
    send(store, call(1))
    counted(store, ledger)
    send(store, call(1), call(2))
    counted(store, ledger)
    assert sums(store) == (2, 2)


def test_a_call_that_comes_changed_is_corrected(store: Store) -> None:
    """Its minute moves with it, and what stands is what the store gives."""
    ledger = in_force(store, CALLS)
    send(store, call(1))
    counted(store, ledger)
    changed = call(1) | {"end_time_unix_nano": NOW + MINUTE_NANO, "is_error": True}
    send(store, changed)
    counted(store, ledger)
    assert minutes(store) == [MinuteSums(MINUTE + 1, 0, 1)]
    send(store, call(1))
    counted(store, ledger)
    assert minutes(store) == [MinuteSums(MINUTE + 1, 0, 1)]


def test_an_execution_is_counted_once_whoever_tells_of_it(store: Store) -> None:
    """n8n's main and its worker tell of it in spans of their own."""
    send(store, execution(1), execution(1, span_number=9, sender=WORKER))
    counted(store, in_force(store, RUNS))
    assert sums(store) == (1, 1)
    assert [run.execution_id for run in store.runs_of("w1", 9)] == ["1"]


def test_the_database_corrects_what_a_span_said(store: Store) -> None:
    """The minute is corrected, not doubled; and not corrected back by the span that comes late."""
    ledger = in_force(store, RUNS)
    send(store, execution(1))
    counted(store, ledger)
    send(store, execution(1, "error", span_number=9, sender=REST, ended=NOW - MINUTE_NANO))
    counted(store, ledger)
    assert minutes(store) == [MinuteSums(MINUTE - 1, 0, 1)]
    send(store, execution(1), execution(1, span_number=8))
    counted(store, ledger)
    assert minutes(store) == [MinuteSums(MINUTE - 1, 0, 1)]


def test_the_database_corrects_to_good_too(store: Store) -> None:
    """By the very span id that n8n used."""
    ledger = in_force(store, RUNS)
    send(store, execution(1, "error"))
    counted(store, ledger)
    send(store, execution(1, "success", sender=REST))
    counted(store, ledger)
    assert sums(store) == (1, 1)


def test_a_canceled_execution_is_no_event(store: Store) -> None:
    """Nor is one that was counted before its cancel was known."""
    ledger = in_force(store, RUNS)
    send(store, execution(1, "canceled"), execution(2, "error"))
    counted(store, ledger)
    assert sums(store) == (0, 1)
    send(store, execution(2, "canceled", sender=REST))
    counted(store, ledger)
    assert sums(store) == (0, 0)


@pytest.mark.parametrize("is_main_first", [True, False])
def test_who_tells_first_does_not_decide_whose_event_it_is(store: Store, is_main_first: bool) -> None:
    """Main and worker go by different names: what the worker says stands, and nothing is left of what main said."""
    of_main = objective(id="o", source=RecordSource("executions", service="n8n-main"))
    of_worker = objective(id="p", source=RecordSource("executions", service="n8n-worker"))
    ledger = in_force(store, of_main, of_worker)
    main = execution(1) | {"service_name": "n8n-main"}
    worker = execution(1, "error", span_number=9, sender=WORKER) | {"service_name": "n8n-worker"}
    for each in (main, worker) if is_main_first else (worker, main):
        send(store, each)
        counted(store, ledger)
    assert (sums(store, "o"), sums(store, "p")) == ((0, 0), (0, 1))


@pytest.mark.parametrize(("status", "left"), [("canceled", (1, 1)), ("error", (1, 2))])
def test_the_database_corrects_where_only_spans_have_the_attribute(
    store: Store, status: str, left: tuple[int, int]
) -> None:
    """It tells fewer than n8n's own spans."""
    ledger = in_force(store, objective(id="o", source=RecordSource("executions", attributes=(("tenant", "x"),))))
    send(store, execution(1, tenant="x"), execution(2, tenant="x"))
    counted(store, ledger)
    send(store, execution(1, status, sender=REST))
    counted(store, ledger)
    assert sums(store) == left


def test_an_execution_that_waits_is_counted_when_it_ends(store: Store) -> None:
    """Once, as one run from its first start on."""
    ledger = in_force(store, RUNS)
    send(store, execution(1, "waiting", ended=NOW - 9 * MINUTE_NANO))
    counted(store, ledger)
    assert sums(store) == (0, 0)
    send(store, execution(1, "success", span_number=7))
    counted(store, ledger)
    assert minutes(store) == [MinuteSums(MINUTE, 1, 1)]
    assert store.runs_of("w1", 9)[0].started_unix_nano == NOW - 9 * MINUTE_NANO - SECOND


def test_a_run_knows_its_nodes_whichever_comes_first(store: Store) -> None:
    """n8n tells nodes before their execution; items are those of the last one, failed nodes all."""
    ledger = in_force(store, RUNS)
    send(store, node(1, "Fetch", 5, ended=NOW - 2), node(1, "Send", None, ended=NOW - 1, is_error=True))
    counted(store, ledger)
    assert store.runs_of("w1", 9) == ()
    send(store, execution(1))
    counted(store, ledger)
    send(store, node(1, "Store", 0, ended=NOW))
    counted(store, ledger)
    (run,) = store.runs_of("w1", 9)
    assert (run.items, run.failed_nodes, run.mode, run.is_success) == (0, ("Send",), "trigger", True)


def test_an_error_that_was_passed_over_corrects_the_success(store: Store) -> None:
    """A node that failed in a run that went on, told after the run was counted as good."""
    strict = objective(id="o", source=RecordSource("executions", failing=("failed", "continued_on_error")))
    ledger = in_force(store, strict)
    send(store, execution(1))
    counted(store, ledger)
    assert sums(store) == (1, 1)
    send(store, node(1, "Send", None, is_error=True))
    counted(store, ledger)
    assert sums(store) == (0, 1)


def test_an_empty_success_is_bad_for_those_who_say_so(store: Store) -> None:
    """And good for all others."""
    strict = objective(id="o", source=RecordSource("executions", failing=("empty_success",)))
    plain = objective(id="p", source=RecordSource("executions"))
    ledger = in_force(store, strict, plain)
    for number in range(12):
        ended = NOW + number * MINUTE_NANO
        send(store, node(number, "Fetch", 0 if number == 11 else 3, ended=ended), execution(number, ended=ended))
    counted(store, ledger)
    assert (sums(store, "o"), sums(store, "p")) == ((11, 12), (12, 12))
    assert store.runs_of("w1", 1)[0].silent == ("empty_success",)


def test_each_workflow_has_an_objective_of_its_own_from_its_first_event_on(store: Store) -> None:
    """Its count for /metrics, too."""
    ledger = in_force(store, objective(id="o", source=RecordSource("executions", per_workflow=True)))
    send(store, execution(1), execution(2, "error", workflow="w2", name=""))
    counted(store, ledger)
    ids = [each.id for each in ledger.all()]
    assert [sums(store, each) for each in ids] == [(1, 1), (0, 1)]
    assert {each: count.total for each, count in store.running_counts().items()} == dict.fromkeys(ids, 1)
    assert store.workflow_names() == {"w1": "Orders", "w2": ""}


def test_filters_by_attribute_see_record_and_sender(store: Store) -> None:
    """Of calls as of executions."""
    live = (("env", "live"),)
    ledger = in_force(
        store,
        objective(id="o", source=RecordSource("server_calls", attributes=live)),
        objective(id="p", source=RecordSource("executions", attributes=live)),
    )
    send(
        store,
        call(1, attributes='{"env":"live"}'),
        call(2, resource_attributes='{"env":"live"}'),
        call(3),
        execution(4, sender={"env": "live"}),
        execution(5),
    )
    counted(store, ledger)
    assert (sums(store, "o"), sums(store, "p")) == ((2, 2), (1, 1))


def test_what_cannot_be_read_as_an_execution_is_passed_over(store: Store) -> None:
    """Spans of that name without ids, and attributes of odd types: others are counted."""
    odd = execution(1) | {"attributes": '{"n8n.execution.id": [1], "n8n.execution.status": 7, "n8n.workflow.id": null}'}
    send(store, odd, execution(2) | {"attributes": "{}"}, node(3, "x") | {"parent_span_id": None}, execution(4))
    counted(store, in_force(store, RUNS))
    assert sums(store)[1] >= 1
    assert "4" in {run.execution_id for run in store.runs_of("w1", 9)}


RECORDS: list[dict[str, Any]] = [
    *(
        call(n, ended=NOW + n % 3 * MINUTE_NANO, is_error=n % 4 == 0, took=SECOND + n % 2 * 2 * SECOND)
        for n in range(8)
    ),
    *(execution(10 + n, "error" if n == 1 else "success", ended=NOW + n * MINUTE_NANO) for n in range(3)),
    execution(11, "success", span_number=99, sender=REST, ended=NOW),
    execution(12, "waiting", span_number=98, ended=NOW - MINUTE_NANO),
    execution(13, "canceled"),
    execution(13, "error", span_number=97),
    *(node(10 + n, "Send", n, ended=NOW, is_error=n == 2) for n in range(3)),
]
BOTH = (CALLS, objective(id="p", source=RecordSource("executions", failing=("failed", "continued_on_error"))))


def told_at_once() -> tuple[list[MinuteSums], list[MinuteSums]]:
    store = MemoryStore()
    send(store, *RECORDS)
    counted(store, in_force(store, *BOTH))
    return minutes(store, "o"), minutes(store, "p")


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), requests=st.integers(1, 6), repeated=st.integers(0, 12))
def test_order_doubles_and_restarts_change_nothing(
    seed: int, requests: int, repeated: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever comes when, with segments sealed and engines restarted in between: the sums of telling all at once."""
    random, folder = Random(seed), tmp_path_factory.mktemp("data")
    told = [*RECORDS, *random.choices(RECORDS, k=repeated)]
    random.shuffle(told)
    parts = [told[place::requests] for place in range(requests)]
    store = SegmentStore(folder, decode, upkeep_interval_s=None, merge_fan_in=2)
    for part in parts:
        send(store, *part)
        match random.randrange(4):
            case 0:
                store.seal()
            case 1:
                counted(store, in_force(store, *BOTH))
                store.seal()
                while store.upkeep.merge_next():
                    pass
            case 2:
                counted(store, in_force(store, *BOTH))
                store.close()
                store = SegmentStore(folder, decode, upkeep_interval_s=None, merge_fan_in=2)
            case _:
                counted(store, in_force(store, *BOTH))
    counted(store, in_force(store, *BOTH))
    assert (minutes(store, "o"), minutes(store, "p")) == told_at_once()
    store.close()


def test_the_told_at_once_is_as_a_plain_loop_says() -> None:
    """The property's reference, counted by hand: distinct calls by end minute; executions 10, 11 (corrected) and 12."""
    calls: dict[int, list[bool]] = {}
    for n in range(8):
        calls.setdefault(MINUTE + n % 3, []).append(n % 4 != 0 and n % 2 == 0)
    of_calls, of_runs = told_at_once()
    assert of_calls == [MinuteSums(minute, sum(good), len(good)) for minute, good in sorted(calls.items())]
    assert of_runs == [MinuteSums(MINUTE, 2, 2), MinuteSums(MINUTE + 2, 0, 1)]
