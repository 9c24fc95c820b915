"""What every store must do with counted events: the contract's OutcomeLedger."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from correlator.model.objective import Window
from correlator.model.outcome import EventKey, MinuteChange, MinuteKey, MinuteSums, Outcome, Posting, RunningCount
from correlator.model.run import Run, RunKey, RunPart, Telling
from correlator.slo.ledger import post
from correlator.store.contract import RUNS_KEPT, BurningWindow, LedgerCommit, LedgerState, OutcomeLedger, Store
from correlator.store.memory import MemoryStore
from correlator.store.segments import SegmentStore
from tests.conformance.on_elasticsearch import on_elasticsearch
from tests.conformance.records import decode

MINUTE_NANO = 60 * 10**9
PAGE = Window("page", 3_600, 300, 14.4)
TICKET = Window("ticket", 86_400, 7_200, 3.0)
RUN = Run("w1", "7", 5 * MINUTE_NANO, 6 * MINUTE_NANO, True, 3, ("Fetch", "Send"), "trigger", 6 * MINUTE_NANO - 1)
TELLING = Telling(1, "success", 5 * MINUTE_NANO, 6 * MINUTE_NANO, "trigger", "Orders", "n8n", "n8n", '{"a":1}')
PART = RunPart("ab", RUN.key, (TELLING,), 3, 6 * MINUTE_NANO, ("Fetch",), 6 * MINUTE_NANO)

Open = Callable[[Path], Store]
STORES: dict[str, Open] = {
    "memory": lambda folder: MemoryStore(),
    "segments": lambda folder: SegmentStore(folder, decode, upkeep_interval_s=None),
}


LEDGERS: dict[str, Open] = STORES | {"elasticsearch": on_elasticsearch}


@pytest.fixture(params=LEDGERS)
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OutcomeLedger]:
    store = LEDGERS[request.param](tmp_path)
    yield store
    store.close()


def outcome(identity: str, minute: int, is_good: bool = True, authority: int = 0, objective: str = "a") -> Outcome:
    return Outcome(objective, identity, minute, is_good, authority)


def commit(ledger: OutcomeLedger, outcomes: Iterable[Outcome] = (), position: int = 0, **given: Any) -> None:
    """A turn that was told these outcomes."""
    told = list(outcomes)
    posting = post(told, ledger.standing_outcomes({each.event for each in told}))
    ledger.commit_ledger(LedgerCommit(LedgerState(position), posting, **given))


def test_a_new_ledger_has_counted_nothing(ledger: OutcomeLedger) -> None:
    """Absence is a normal answer."""
    assert ledger.ledger_state() == LedgerState(-1)
    assert ledger.standing_outcomes([EventKey("a", "1")]) == {}
    assert ledger.standing_outcomes([]) == {}
    assert ledger.minute_sums("a", 0, 100) == ()
    assert ledger.total_sums() == {}
    assert ledger.known_minutes(0, 100) == ()
    assert ledger.workflow_names() == {}
    assert ledger.runs_of("w1", 10) == ()
    assert ledger.standing_runs([RunKey("w1", "7")]) == {}
    assert ledger.standing_parts(["ab"]) == {}
    assert ledger.parts_of([RUN.key]) == ()
    assert ledger.outcomes_named("a", "") == ()
    assert ledger.burning_windows() == ()
    assert ledger.running_counts() == {}


def test_a_commit_comes_back_whole(ledger: OutcomeLedger) -> None:
    """Every field makes the way."""
    burning = (BurningWindow("a", PAGE, 4), BurningWindow("a", TICKET, 5))
    told = [outcome("1", 5), outcome("2", 5, is_good=False, authority=2)]
    commit(ledger, told, 9, known_minutes={5, 4}, runs=[RUN], workflows={"w1": "Orders", "w2": ""}, burning=burning)
    assert ledger.ledger_state() == LedgerState(9)
    assert ledger.standing_outcomes([each.event for each in told]) == {each.event: each for each in told}
    assert ledger.minute_sums("a", 0, 100) == (MinuteSums(5, 1, 2),)
    assert ledger.known_minutes(0, 100) == (4, 5)
    assert ledger.runs_of("w1", 10) == (RUN,)
    assert ledger.standing_runs([RUN.key, RunKey("w1", "8")]) == {RUN.key: RUN}
    assert ledger.workflow_names() == {"w1": "Orders", "w2": ""}
    assert ledger.burning_windows() == burning


def test_sums_grow_by_changes(ledger: OutcomeLedger) -> None:
    """Events of a later turn are added to their minute."""
    commit(ledger, [outcome("1", 5), outcome("2", 6)])
    commit(ledger, [outcome("3", 5, is_good=False)])
    assert ledger.minute_sums("a", 0, 100) == (MinuteSums(5, 1, 2), MinuteSums(6, 1, 1))


def test_a_correction_moves_the_event(ledger: OutcomeLedger) -> None:
    """From one minute to another; the minute that it left has no events, and may be gone."""
    commit(ledger, [outcome("1", 5)])
    commit(ledger, [outcome("1", 7, is_good=False, authority=1)])
    assert [each for each in ledger.minute_sums("a", 0, 100) if each.total] == [MinuteSums(7, 0, 1)]
    assert ledger.total_sums() == {"a": MinuteSums(ledger.minute_sums("a", 0, 100)[0].minute, 0, 1)}


def test_bounds_of_minutes_leave_out_the_end(ledger: OutcomeLedger) -> None:
    """Of sums and of known minutes: [first, end), in order."""
    commit(ledger, [outcome(str(minute), minute) for minute in (9, 5, 7)], known_minutes=(9, 5, 7))
    assert [each.minute for each in ledger.minute_sums("a", 5, 9)] == [5, 7]
    assert ledger.known_minutes(5, 9) == (5, 7)
    assert ledger.known_minutes(9, 10) == (9,)


def test_objectives_are_kept_apart(ledger: OutcomeLedger) -> None:
    """One event counts for each objective by itself."""
    commit(ledger, [outcome("1", 5), outcome("1", 5, is_good=False, objective="b"), outcome("2", 8, objective="b")])
    assert ledger.minute_sums("b", 0, 100) == (MinuteSums(5, 0, 1), MinuteSums(8, 1, 1))
    assert ledger.total_sums() == {"a": MinuteSums(5, 1, 1), "b": MinuteSums(5, 1, 2)}


def test_many_events_are_found_at_once(ledger: OutcomeLedger) -> None:
    """More than one statement takes."""
    told = [outcome(str(number), 5) for number in range(1_001)]
    commit(ledger, told)
    assert ledger.standing_outcomes([*(each.event for each in told), EventKey("a", "x")]).keys() == {
        each.event for each in told
    }


def test_runs_come_by_their_starts(ledger: OutcomeLedger) -> None:
    """The last of the workflow, ties by execution; one that is told again takes the place of what was told before."""
    runs = [replace(RUN, execution_id=str(number), started_unix_nano=number // 2) for number in range(6)]
    commit(ledger, runs=[*reversed(runs), replace(RUN, workflow_id="w2")])
    assert ledger.runs_of("w1", 3) == tuple(runs[3:])
    assert ledger.runs_of("w1", 0) == ()
    changed = replace(runs[5], started_unix_nano=0, stopped_unix_nano=None, items=None, items_unix_nano=None)
    commit(ledger, runs=[changed])
    assert ledger.runs_of("w1", 10) == (*runs[:2], changed, *runs[2:5])


def test_parts_are_found_by_their_spans_and_their_executions(ledger: OutcomeLedger) -> None:
    """Whole; those whose execution is not known yet by their span only; one that is told again replaces the first."""
    orphan = RunPart("cd", newest_unix_nano=1)
    other = replace(PART, ref="ef", execution=RunKey("w1", "8"))
    commit(ledger, parts=[PART, orphan, other])
    assert ledger.standing_parts(["ab", "cd", "xx"]) == {"ab": PART, "cd": orphan}
    assert ledger.parts_of([RUN.key, RunKey("w9", "7")]) == (PART,)
    joined = replace(orphan, execution=RUN.key)
    commit(ledger, parts=[joined])
    assert ledger.parts_of([RUN.key, RunKey("w1", "8")]) == (PART, joined, other)


def test_parts_are_found_by_how_their_names_begin(ledger: OutcomeLedger) -> None:
    """By any of several beginnings, each part once."""
    parts = [RunPart(ref) for ref in ("a1x", "a1!", "a2", "b1")]
    commit(ledger, parts=parts)
    assert [each.ref for each in ledger.parts_in(["a1", "b", "a1x", "zz"])] == ["a1!", "a1x", "b1"]
    assert ledger.parts_in([]) == ()


def test_outcomes_are_found_by_how_their_names_begin(ledger: OutcomeLedger) -> None:
    """Of one objective, by identity."""
    told = [outcome("m/2", 5), outcome("m/1", 5), outcome("n", 5), outcome("m", 5), outcome("m/1", 5, objective="b")]
    commit(ledger, told)
    assert ledger.outcomes_named("a", "m/") == (told[1], told[0])
    assert [each.identity for each in ledger.outcomes_named("a", "")] == ["m", "m/1", "m/2", "n"]


def test_what_is_gone_counts_no_more(ledger: OutcomeLedger) -> None:
    """An event that turned out to be none is taken back with its outcome."""
    commit(ledger, [outcome("1", 5), outcome("2", 5)])
    posting = Posting({}, {MinuteKey("a", 5): MinuteChange(-1, -1)}, frozenset({EventKey("a", "1")}))
    ledger.commit_ledger(LedgerCommit(LedgerState(1), posting))
    assert ledger.minute_sums("a", 0, 10) == (MinuteSums(5, 1, 1),)
    assert ledger.standing_outcomes([EventKey("a", "1"), EventKey("a", "2")]).keys() == {EventKey("a", "2")}


def test_what_burns_stays_until_it_is_replaced(ledger: OutcomeLedger) -> None:
    """None leaves it; nothing is not None. Of several objectives it comes by objective."""
    commit(ledger, burning=(BurningWindow("b", PAGE, 1), BurningWindow("a", PAGE, 2)))
    commit(ledger)
    assert ledger.burning_windows() == (BurningWindow("a", PAGE, 2), BurningWindow("b", PAGE, 1))
    commit(ledger, burning=())
    assert ledger.burning_windows() == ()


def test_what_is_forgotten_is_gone(ledger: OutcomeLedger) -> None:
    """Minutes, outcomes, known minutes and runs before it go, for all objectives; that minute stays, and names and parts do."""
    told = [outcome("1", 5), outcome("2", 6), outcome("3", 5, objective="b")]
    runs = [RUN, replace(RUN, execution_id="8", started_unix_nano=6 * MINUTE_NANO)]
    parts = [replace(PART, newest_unix_nano=5 * MINUTE_NANO), replace(PART, ref="cd")]
    commit(ledger, told, known_minutes=(5, 6), runs=runs, parts=parts, workflows={"w1": "Orders"})
    commit(ledger, forget_before_minute=6)
    assert ledger.total_sums() == {"a": MinuteSums(6, 1, 1)}
    assert ledger.standing_outcomes([each.event for each in told]).keys() == {told[1].event}
    assert ledger.known_minutes(0, 100) == (6,)
    assert ledger.runs_of("w1", 10) == (runs[1],)
    assert ledger.parts_of([RUN.key]) == tuple(parts)
    commit(ledger, forget_parts_before_minute=6)
    assert ledger.parts_of([RUN.key]) == (parts[1],)
    assert ledger.runs_of("w1", 10) == (runs[1],)
    assert ledger.workflow_names() == {"w1": "Orders"}


def test_old_runs_are_forgotten_but_the_last_of_each_workflow(ledger: OutcomeLedger) -> None:
    """With the parts, after which nothing corrects them; a workflow that seldom runs keeps what is usual for it."""
    minutes = range(10, 10 + RUNS_KEPT + 50)
    busy = [replace(RUN, execution_id=f"{each:05}", started_unix_nano=each * MINUTE_NANO) for each in minutes]
    rare = [replace(run, workflow_id="w2") for run in busy[:3]]
    commit(ledger, runs=[*busy, *rare], workflows={"w1": "Orders", "w2": ""})
    commit(ledger, forget_parts_before_minute=30)
    assert ledger.runs_of("w1", 1_000) == tuple(busy[20:])
    commit(ledger, forget_parts_before_minute=200)
    assert ledger.runs_of("w1", 1_000) == tuple(busy[50:])
    assert ledger.runs_of("w2", 1_000) == tuple(rare)


def test_a_turn_that_fails_changes_nothing(ledger: OutcomeLedger) -> None:
    """All or nothing: a value that cannot be kept leaves all as it was."""
    commit(ledger, [outcome("1", 5)], 3)
    broken = Posting({}, {MinuteKey("a", 5): None})  # type: ignore[dict-item]
    with pytest.raises(AttributeError):
        ledger.commit_ledger(LedgerCommit(LedgerState(4), broken, known_minutes=[5]))
    assert ledger.ledger_state() == LedgerState(3)
    assert ledger.known_minutes(0, 100) == ()


def test_a_reopened_ledger_is_the_same(tmp_path: Path) -> None:
    """What a turn committed is there after the process is gone, whether it said goodbye or not."""
    store = STORES["segments"](tmp_path)
    commit(store, [outcome("1", 5)], 3, known_minutes=[5], runs=[RUN], burning=(BurningWindow("a", PAGE, 4),))
    store.close()
    reopened = STORES["segments"](tmp_path)
    assert reopened.ledger_state() == LedgerState(3)
    assert reopened.minute_sums("a", 0, 10) == (MinuteSums(5, 1, 1),)
    assert reopened.runs_of("w1", 1) == (RUN,)
    assert reopened.burning_windows() == (BurningWindow("a", PAGE, 4),)
    reopened.close()


OUTCOMES = st.builds(
    Outcome,
    objective_id=st.sampled_from(["a", "b"]),
    identity=st.sampled_from("12345"),
    minute=st.integers(0, 3),
    is_good=st.booleans(),
    authority=st.integers(0, 2),
)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(turns=st.lists(st.lists(OUTCOMES, max_size=8), max_size=6))
def test_stores_agree(turns: list[list[Outcome]], tmp_path_factory: pytest.TempPathFactory) -> None:
    """The same turns leave the same sums, whatever keeps them, and those of what stands."""
    stores = [opened(tmp_path_factory.mktemp("ledger")) for opened in STORES.values()]
    for told in turns:
        for store in stores:
            commit(store, told)
    of_memory, of_segments = ([store.minute_sums(each, 0, 9) for each in "ab"] for store in stores)
    assert [[each for each in rows if each.total] for rows in of_memory] == [
        [each for each in rows if each.total] for rows in of_segments
    ]
    standing = post([each for told in turns for each in told], {}).standing.values()
    assert sum(row.total for rows in of_memory for row in rows) == len(standing)
    assert sum(row.good for rows in of_memory for row in rows) == sum(each.is_good for each in standing)
    for store in stores:
        store.close()


def test_counts_are_replaced_by_objective_and_outlive_their_minutes(ledger: OutcomeLedger) -> None:
    """What counters show must not fall when minutes are forgotten."""
    first, second = RunningCount(7.0, 9.0, 7.5, 9.0, 100), RunningCount(8.25, 10.0, 8.25, 10.0, 160)
    commit(ledger, [outcome("1", 5)], counts={"a": first, "b": first})
    commit(ledger, counts={"a": second}, forget_before_minute=50)
    assert ledger.minute_sums("a", 0, 100) == ()
    assert ledger.running_counts() == {"a": second, "b": first}
