"""The ledger in a real Elasticsearch beyond what every store does: long histories, and commits of any size."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from correlator.elasticsearch import Names
from correlator.model.outcome import EventKey, MinuteChange, MinuteKey, MinuteSums, Outcome, Posting
from correlator.model.run import RunKey, RunPart
from correlator.slo.ledger import post
from correlator.store.contract import LedgerCommit, LedgerState, OutcomeLedger
from correlator.store.memory import MemoryStore
from tests.conformance.test_outcome_ledger import MINUTE_NANO, RUN
from tests.elastic.plain_indices import ConcludingStore, client_of

END = 2**31 - 1


@pytest.fixture
def ledger(elasticsearch_url: str, names: Names) -> Iterator[ConcludingStore]:
    with client_of(elasticsearch_url) as client:
        yield ConcludingStore(client, names)


def test_a_commit_of_tens_of_thousands_of_outcomes_is_exact(ledger: ConcludingStore) -> None:
    """More than a bulk, a page or an answer of the server takes."""
    told = [Outcome("a", f"w/{number:05}", 100 + number % 90, is_good=number % 3 > 0) for number in range(24_000)]
    ledger.commit_ledger(LedgerCommit(LedgerState(1), post(told, {})))
    assert ledger.total_sums() == {"a": MinuteSums(100, 16_000, 24_000)}
    assert ledger.outcomes_named("a", "w/") == tuple(told)
    assert len(ledger.standing_outcomes({each.event for each in told})) == 24_000


def test_a_month_is_read_whole(ledger: ConcludingStore) -> None:
    """And a part of it, by id or by a search, gives the same minutes."""
    minutes = range(1_000, 1_000 + 43_200)
    changes = {MinuteKey("a", each): MinuteChange(1, 2) for each in minutes if each % 7}
    ledger.commit_ledger(LedgerCommit(LedgerState(1), Posting({}, changes), known_minutes=minutes))
    assert ledger.known_minutes(0, END) == tuple(minutes)
    whole = ledger.minute_sums("a", 0, END)
    assert [row.minute for row in whole] == [each for each in minutes if each % 7]
    for first, end in ((1_234, 1_300), (1_234, 30_001)):
        assert ledger.minute_sums("a", first, end) == tuple(row for row in whole if first <= row.minute < end)
        assert ledger.known_minutes(first, end) == tuple(range(first, end))


def test_parts_are_found_by_many_traces(ledger: ConcludingStore) -> None:
    """More than a query takes; whole trace ids, and beginnings."""
    refs = [f"{number:032x}{number % 3:016x}" for number in range(2_500)]
    ledger.commit_ledger(LedgerCommit(LedgerState(1), parts=[RunPart(ref) for ref in refs]))
    assert [part.ref for part in ledger.parts_in([ref[:32] for ref in refs])] == refs
    assert [part.ref for part in ledger.parts_in([ref[:31] for ref in refs[:320]])] == refs[:320]


def view(ledger: OutcomeLedger) -> dict[str, Any]:
    """All that it answers, but minutes without events."""
    return {
        "state": ledger.ledger_state(),
        "standing": ledger.standing_outcomes([EventKey(a, str(n)) for a in "ab" for n in range(20)]),
        "sums": [[row for row in ledger.minute_sums(each, 0, END) if row.total] for each in "ab"],
        "known": ledger.known_minutes(0, END),
        "runs": [ledger.runs_of(f"w{number}", 1_000) for number in range(2)],
        "parts": ledger.parts_of([RunKey(f"w{w}", str(n)) for w in range(2) for n in range(60)]),
    }


def test_it_agrees_with_the_reference_turn_by_turn(ledger: ConcludingStore) -> None:
    """Events that move, come back and are forgotten; hours of which a part is."""
    random, reference = Random(7), MemoryStore()
    for turn in range(16):
        now = 600 + 20 * turn
        told = [
            Outcome(
                random.choice("ab"), str(random.randrange(20)), now - random.randrange(150), random.random() < 0.5, turn
            )
            for _ in range(random.randrange(8))
        ]
        runs = [
            replace(
                RUN,
                workflow_id=f"w{random.randrange(2)}",
                execution_id=str(n),
                started_unix_nano=(now - n) * MINUTE_NANO,
            )
            for n in random.sample(range(60), 4)
        ]
        parts = [RunPart(f"{run.execution_id:0>48}", run.key, newest_unix_nano=run.started_unix_nano) for run in runs]
        commit = LedgerCommit(
            LedgerState(turn),
            post(told, reference.standing_outcomes({each.event for each in told})),
            known_minutes={now, *(each.minute for each in told)},
            runs=runs,
            parts=parts,
            forget_before_minute=now - 170 if turn % 4 == 3 else None,
            forget_parts_before_minute=now - 40 if turn % 8 == 7 else None,
        )
        for each in (reference, ledger):
            each.commit_ledger(commit)
        assert view(ledger) == view(reference)
