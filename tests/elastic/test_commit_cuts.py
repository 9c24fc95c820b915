"""A commit whose engine dies, or is not heard any more, between any two of its calls: all of it is there, or nothing."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from typing import Any, Final

import pytest

from correlator.elasticsearch import Names
from correlator.errors import CorrelatorError, Superseded, Unavailable
from correlator.model.outcome import EventKey, MinuteChange, MinuteKey, Outcome, Posting, RunningCount
from correlator.model.run import RunKey, RunPart
from correlator.slo.ledger import post
from correlator.store.contract import (
    RUNS_KEPT,
    BurningWindow,
    Catalog,
    IncidentQuery,
    LedgerCommit,
    LedgerState,
    OutcomeLedger,
    WatchCommit,
    WatchState,
)
from correlator.store.memory import MemoryStore
from tests.conformance.test_catalog import GROUP, incident
from tests.conformance.test_outcome_ledger import MINUTE_NANO, PAGE, RUN, TELLING
from tests.elastic.cut_client import Cut, cut_client
from tests.elastic.plain_indices import ConcludingStore, client_of

FIRST_MINUTE = 1_000
LONG_NAME = "x" * 40_000
"""More than a head takes: the commit has pages."""
IDENTITIES = [str(number) for number in range(8)]


DIES: Final = Cut(0, is_for_good=True)
LOSES_AN_ANSWER: Final = Cut(0, is_done=True)


def at_every_call(commit: Callable[[Cut, int], bool], ways: Sequence[Cut]) -> None:
    """Cut it in each of these ways at its first call, its second, and so on, until that comes too late: it returns whether not."""
    turns = count(1)
    for way in ways:
        for at in count(1):
            if not commit(replace(way, at=at), next(turns)):
                assert at > 4, "a commit has a read, a head, documents and a note at least"
                break


def ledger_view(ledger: OutcomeLedger) -> dict[str, Any]:
    """All that it answers."""
    events = [EventKey("a", each) for each in IDENTITIES]
    executions = [RunKey("w1", str(number)) for number in range(60)]
    return {
        "state": ledger.ledger_state(),
        "standing": ledger.standing_outcomes(events),
        "named": ledger.outcomes_named("a", ""),
        "sums": [row for row in ledger.minute_sums("a", 0, 100_000) if row.total],
        "known": ledger.known_minutes(0, 100_000),
        "total": ledger.total_sums(),
        "runs": ledger.runs_of("w1", 1_000),
        "standing_runs": ledger.standing_runs(executions),
        "parts": ledger.parts_of(executions),
        "workflows": ledger.workflow_names(),
        "burning": ledger.burning_windows(),
        "counts": ledger.running_counts(),
    }


def ledger_turn(ledger: OutcomeLedger, turn: int, *, forgets: bool) -> LedgerCommit:
    """A commit with everything: one outcome new, one corrected, one gone; and what is 60 minutes old forgotten."""
    minute = FIRST_MINUTE + 7 * turn
    told = [
        Outcome("a", IDENTITIES[turn % 8], minute, is_good=turn % 2 == 0, authority=turn),
        Outcome("a", IDENTITIES[(turn + 3) % 8], minute + 1, is_good=True, authority=turn),
    ]
    gone = EventKey("a", IDENTITIES[(turn + 5) % 8])
    counted = ledger.standing_outcomes({gone, *(each.event for each in told)})
    return LedgerCommit(
        LedgerState(turn),
        without(post(told, counted), counted.get(gone)),
        known_minutes={minute, minute + 1},
        runs=[replace(RUN, execution_id=str(turn), started_unix_nano=minute * MINUTE_NANO)],
        parts=[RunPart(f"{turn:048}", RunKey("w1", str(turn)), (TELLING,), newest_unix_nano=minute * MINUTE_NANO)],
        workflows={"w1": f"{turn}{LONG_NAME if forgets else ''}"},
        burning=(BurningWindow("a", PAGE, minute),),
        counts={"a": RunningCount(turn, turn, turn, turn, minute)},
        forget_before_minute=minute - 60 if forgets else None,
        forget_parts_before_minute=minute - 30 if forgets else None,
    )


def without(posting: Posting, gone: Outcome | None) -> Posting:
    """The posting with an outcome taken back."""
    if gone is None or gone.event in posting.standing:
        return posting
    key = MinuteKey(gone.objective_id, gone.minute)
    before = posting.changes.get(key, MinuteChange(0, 0))
    change = MinuteChange(before.good - gone.is_good, before.total - 1)
    return Posting(posting.standing, {**posting.changes, key: change}, frozenset({gone.event}))


@pytest.mark.parametrize("forgets", [False, True], ids=["small", "with_pages_and_forgetting"])
def test_a_ledger_turn_is_there_as_a_whole_or_not_at_all(elasticsearch_url: str, names: Names, forgets: bool) -> None:
    """As the next engine reads it, beside the reference; a turn that was not kept can be committed anew."""
    client, transport = cut_client(elasticsearch_url)
    reference = MemoryStore()
    old = [
        replace(RUN, execution_id=f"old{each}", started_unix_nano=900 * MINUTE_NANO + each) for each in range(RUNS_KEPT)
    ]
    with client, client_of(elasticsearch_url) as other:
        for each in (reference, ConcludingStore(other, names)):
            each.commit_ledger(LedgerCommit(LedgerState(0), runs=old))

        def turn(cut: Cut, number: int) -> bool:
            commit, before = ledger_turn(reference, number, forgets=forgets), ledger_view(reference)
            reference.commit_ledger(commit)
            after = ledger_view(reference)
            dying = ConcludingStore(client, names)
            dying.ledger_state()
            is_kept = survives(lambda: dying.commit_ledger(commit), cut)
            reader = ConcludingStore(other, names)
            found = ledger_view(reader)
            assert found == after or (found == before and not is_kept)
            if found == before:
                reader.commit_ledger(commit)
                assert ledger_view(reader) == after
            return cut.has_come

        def survives(commit: Callable[[], None], cut: Cut) -> bool:
            transport.cut = cut
            try:
                commit()
                return True
            except CorrelatorError:
                return False
            finally:
                transport.cut = None

        at_every_call(turn, [DIES] if forgets else [DIES, LOSES_AN_ANSWER])


def catalog_view(catalog: Catalog) -> dict[str, Any]:
    """All that it answers."""
    return {
        "state": catalog.watch_state(),
        "incidents": catalog.incidents(IncidentQuery(limit=1_000)),
        "open": catalog.incidents(IncidentQuery(state="open", limit=1_000)),
        "of_cause": catalog.incidents_of_cause("f1"),
        "incident": catalog.incident("f1-1"),
        "group": catalog.error_group("f1"),
        "groups": catalog.error_groups(10),
    }


def test_a_turn_of_the_watch_is_there_as_a_whole_or_not_at_all(elasticsearch_url: str, names: Names) -> None:
    """As the next engine reads it; incidents that opened, and one that grew."""
    client, transport = cut_client(elasticsearch_url)
    reference = MemoryStore()
    with client, client_of(elasticsearch_url) as other:

        def turn(cut: Cut, number: int) -> bool:
            grown = replace(incident("f1", 1, 10), failures=number, title="t" * 1_000 * number)
            group = replace(GROUP, count=number, last_seen_unix_nano=number)
            commit = WatchCommit(WatchState(number), (grown, incident("f1", number + 1, number)), (group,))
            before = catalog_view(reference)
            reference.commit_watch(commit)
            after = catalog_view(reference)
            dying = ConcludingStore(client, names)
            dying.watch_state()
            transport.cut = cut
            is_kept = True
            try:
                dying.commit_watch(commit)
            except CorrelatorError:
                is_kept = False
            transport.cut = None
            reader = ConcludingStore(other, names)
            found = catalog_view(reader)
            assert found == after or (found == before and not is_kept)
            if found == before:
                reader.commit_watch(commit)
                assert catalog_view(reader) == after
            return cut.has_come

        at_every_call(turn, [DIES, LOSES_AN_ANSWER])


def test_who_cannot_know_whether_a_commit_is_kept_begins_anew(elasticsearch_url: str, names: Names) -> None:
    """Its answer was lost, and the server cannot be asked: it is told once that its memory is stale, and goes on from what is there."""
    client, transport = cut_client(elasticsearch_url)
    with client:
        engine = ConcludingStore(client, names)
        engine.commit_watch(WatchCommit(WatchState(1), (incident("f1", 1, 10),)))
        transport.cut = Cut(1, is_done=True, is_for_good=True)
        with pytest.raises(Unavailable):
            engine.commit_watch(WatchCommit(WatchState(2), (incident("f1", 2, 20),)))
        transport.cut = None
        with pytest.raises(Superseded):
            engine.watch_state()
        assert engine.watch_state() == WatchState(2)
        assert len(engine.incidents_of_cause("f1")) == 2
        engine.commit_watch(WatchCommit(WatchState(3)))
