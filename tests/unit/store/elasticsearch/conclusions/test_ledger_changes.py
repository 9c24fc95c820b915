"""What a ledger's commit comes to."""

import msgspec
import pytest

from correlator.model.outcome import EventKey, MinuteChange, MinuteKey, Outcome, Posting, RunningCount
from correlator.store.contract import LedgerCommit, LedgerState
from correlator.store.elasticsearch.commits.changes import Change, Place
from correlator.store.elasticsearch.conclusions.ledger_changes import book_after, changes_of, places_before
from correlator.store.elasticsearch.conclusions.ledger_documents import (
    LedgerBook,
    OutcomeDocument,
    outcome_document,
    outcome_place,
)
from correlator.store.elasticsearch.conclusions.minute_hours import HourSums, known_place, sums_place
from correlator.store.elasticsearch.requests.numbering import Numbering
from tests.conformance.test_outcome_ledger import PAGE, PART, RUN, BurningWindow

EVENT = EventKey("a", "1")


def read(change: Change) -> object:
    return msgspec.json.decode(change.source)


def test_only_what_results_build_on_is_read_before() -> None:
    """Hours of sums and of known minutes, and what is taken back; not what replaces what was there."""
    outcome = Outcome("a", "2", 61, is_good=True)
    posting = Posting({outcome.event: outcome}, {MinuteKey("a", 61): MinuteChange(1, 1)}, frozenset({EVENT}))
    commit = LedgerCommit(LedgerState(1), posting, known_minutes=[61, 62], runs=[RUN], parts=[PART])
    assert set(places_before(commit)) == {sums_place("a", 1), known_place(1), outcome_place(EVENT)}


def test_sums_are_results() -> None:
    """Of what was there and the changes."""
    first = changes_of(LedgerCommit(LedgerState(1), Posting({}, {MinuteKey("a", 61): MinuteChange(1, 2)})), {})
    (document,) = first.documents
    before = {document.place: read(document)}
    again = changes_of(LedgerCommit(LedgerState(2), Posting({}, {MinuteKey("a", 61): MinuteChange(1, 1)})), before)
    hour = msgspec.json.decode(again.documents[0].source, type=HourSums)
    assert hour.rows == ((61, 2, 3),)


def test_minutes_that_are_known_already_cost_nothing() -> None:
    """A turn that tells nothing new of them writes none."""
    commit = LedgerCommit(LedgerState(1), known_minutes=[61, 62])
    (document,) = changes_of(commit, {}).documents
    assert changes_of(commit, {document.place: read(document)}).documents == ()


def test_what_is_gone_is_kept_as_gone() -> None:
    """Of an event of which nothing stood there is nothing to keep; one that stands again is not gone."""
    outcome = Outcome(*EVENT, 61, is_good=True)
    gone = LedgerCommit(LedgerState(1), Posting({}, {}, frozenset({EVENT})))
    before: dict[Place, object] = {outcome_place(EVENT): msgspec.to_builtins(outcome_document(outcome))}
    (document,) = changes_of(gone, before).documents
    assert msgspec.json.decode(document.source, type=OutcomeDocument).is_gone
    assert changes_of(gone, {}).documents == ()
    again = LedgerCommit(LedgerState(1), Posting({EVENT: outcome}, {}, frozenset({EVENT})))
    (document,) = changes_of(again, before).documents
    assert not msgspec.json.decode(document.source, type=OutcomeDocument).is_gone


A_NUMBERING = Numbering("a", 1)


def test_the_book_keeps_what_a_commit_leaves_out() -> None:
    """Names and counts are added, what burns is replaced, or left."""
    count = RunningCount(1.5, 2.0, 1.5, 2.0, 9)
    burning = (BurningWindow("a", PAGE, 4),)
    book = book_after(LedgerBook(), LedgerCommit(LedgerState(1), burning=burning, counts={"a": count}), Numbering())
    later = book_after(book, LedgerCommit(LedgerState(2), counts={"b": count}, workflows={"w1": "Orders"}), A_NUMBERING)
    assert later == LedgerBook(2, burning, {"a": count, "b": count}, {"w1": "Orders"}, A_NUMBERING)
    assert book_after(later, LedgerCommit(LedgerState(2), burning=()), A_NUMBERING).burning == ()
    assert msgspec.json.decode(msgspec.json.encode(later), type=LedgerBook) == later


def test_what_cannot_be_kept_is_refused() -> None:
    """Before anything is written."""
    broken = Posting({}, {MinuteKey("a", 5): None})  # type: ignore[dict-item]
    with pytest.raises(AttributeError):
        changes_of(LedgerCommit(LedgerState(1), broken), {})
