"""What a ledger's commit comes to: the documents and the book after it, from those before it. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from correlator.model.outcome import EventKey
from correlator.store.contract import LedgerCommit
from correlator.store.elasticsearch.commits.changes import Change, Changes, Forget, Place, change
from correlator.store.elasticsearch.conclusions.ledger_documents import (
    LedgerBook,
    OutcomeDocument,
    outcome_document,
    outcome_place,
    part_document,
    part_place,
    run_document,
    run_place,
)
from correlator.store.elasticsearch.conclusions.minute_hours import (
    HourSums,
    KnownHour,
    by_hour,
    hour_sums,
    hours,
    known_hour,
    known_place,
    rows_after,
    sums_place,
)
from correlator.store.elasticsearch.requests.numbering import Numbering

Before = Mapping[Place, Any]
"""Documents as they are, parsed from JSON; of those that are not there nothing."""


def places_before(commit: LedgerCommit) -> list[Place]:
    """The documents that must be known for `changes_of`."""
    return [
        *(sums_place(*key) for key in by_hour(commit.posting.changes)),
        *(known_place(hour) for hour in hours(commit.known_minutes)),
        *(outcome_place(event) for event in commit.posting.gone),
    ]


def book_after(book: LedgerBook, commit: LedgerCommit, numbering: Numbering) -> LedgerBook:
    return LedgerBook(
        position=commit.state.position,
        burning=book.burning if commit.burning is None else commit.burning,
        counts={**book.counts, **commit.counts},
        workflows={**book.workflows, **commit.workflows},
        numbering=numbering,
    )


def changes_of(commit: LedgerCommit, before: Before) -> Changes:
    """Raises AttributeError where the posting's changes are none."""
    forget = Forget(commit.forget_before_minute, commit.forget_parts_before_minute)
    return Changes(tuple(_documents(commit, before)), forget if forget != Forget() else None)


def _documents(commit: LedgerCommit, before: Before) -> Iterator[Change]:
    yield from _sums(commit, before)
    yield from _known(commit, before)
    for event, outcome in commit.posting.standing.items():
        yield change(*outcome_place(event), outcome_document(outcome))
    for event in commit.posting.gone - commit.posting.standing.keys():
        yield from _gone(event, before)
    for run in commit.runs:
        yield change(*run_place(run.key), run_document(run))
    for part in commit.parts:
        yield change(*part_place(part.ref), part_document(part))


def _sums(commit: LedgerCommit, before: Before) -> Iterator[Change]:
    for (objective_id, hour), changes in by_hour(commit.posting.changes).items():
        place = sums_place(objective_id, hour)
        rows = msgspec.convert(before[place], HourSums).rows if place in before else ()
        yield change(*place, hour_sums(objective_id, hour, rows_after(rows, changes)))


def _known(commit: LedgerCommit, before: Before) -> Iterator[Change]:
    for hour, minutes in hours(commit.known_minutes).items():
        place = known_place(hour)
        known = msgspec.convert(before[place], KnownHour).minutes if place in before else ()
        if not set(minutes) <= set(known):
            yield change(*place, known_hour(hour, (*known, *minutes)))


def _gone(event: EventKey, before: Before) -> Iterator[Change]:
    place = outcome_place(event)
    if place in before:
        outcome = msgspec.convert(before[place], OutcomeDocument).outcome()
        yield change(*place, outcome_document(outcome, is_gone=True))
