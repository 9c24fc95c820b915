"""Outcomes, runs and parts as documents: the fields that are searched by, and the value itself. Pure."""

from typing import Final

import msgspec

from correlator.model.outcome import EventKey, Outcome, RunningCount
from correlator.model.run import Run, RunKey, RunPart
from correlator.store.contract import BurningWindow
from correlator.store.elasticsearch.commits.changes import Place
from correlator.store.elasticsearch.commits.document_ids import document_id
from correlator.store.elasticsearch.requests.numbering import UNKNOWN, Numbering

TRACE_DIGITS: Final = 32
"""A part's `ref` begins with its trace id, in hexadecimal."""


class LedgerBook(msgspec.Struct, frozen=True):
    """What of the ledger is small and asked for often: it goes with the head of its commits, and is kept in memory.

    `burning` are in the order in which they were given.
    """

    position: int = -1
    burning: tuple[BurningWindow, ...] = ()
    counts: dict[str, RunningCount] = {}
    workflows: dict[str, str] = {}
    numbering: Numbering = UNKNOWN  # that the position is of


class OutcomeDocument(msgspec.Struct, frozen=True, omit_defaults=True):
    """`is_gone`: it counts no more. It stays, to outweigh what an engine that was stopped may still write of it, until its
    minute is forgotten."""

    objective_id: str
    identity: str
    minute: int
    is_good: bool
    authority: int
    is_gone: bool = False

    def outcome(self) -> Outcome:
        return Outcome(self.objective_id, self.identity, self.minute, self.is_good, self.authority)


class RunDocument(msgspec.Struct, frozen=True):
    workflow_id: str
    execution_id: str
    started_unix_nano: int
    value: Run


class PartDocument(msgspec.Struct, frozen=True):
    """`execution` is the id of its run's document."""

    ref: str
    trace: str
    execution: str | None
    newest_unix_nano: int
    value: RunPart


def outcome_document(outcome: Outcome, *, is_gone: bool = False) -> OutcomeDocument:
    return OutcomeDocument(
        outcome.objective_id, outcome.identity, outcome.minute, outcome.is_good, outcome.authority, is_gone
    )


def run_document(run: Run) -> RunDocument:
    return RunDocument(run.workflow_id, run.execution_id, run.started_unix_nano, run)


def part_document(part: RunPart) -> PartDocument:
    execution = run_place(part.execution).id if part.execution is not None else None
    return PartDocument(part.ref, part.ref[:TRACE_DIGITS], execution, part.newest_unix_nano, part)


def outcome_place(event: EventKey) -> Place:
    return Place("outcomes", document_id(*event))


def run_place(key: RunKey) -> Place:
    return Place("runs", document_id(*key))


def part_place(ref: str) -> Place:
    return Place("run-parts", document_id(ref))
