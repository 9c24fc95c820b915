"""The outcome ledger: minutes, standing outcomes, runs and their parts as documents, committed as one."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, TypeVar

import msgspec

from correlator.model.outcome import EventKey, MinuteSums, Outcome, RunningCount
from correlator.model.run import Run, RunKey, RunPart
from correlator.store.contract import BurningWindow, LedgerCommit, LedgerState
from correlator.store.elasticsearch.commits.chain import CommitChain
from correlator.store.elasticsearch.commits.changes import Place
from correlator.store.elasticsearch.commits.plain_indices import PlainIndices
from correlator.store.elasticsearch.conclusions.forgetting import FORGETTABLE, Forgetting
from correlator.store.elasticsearch.conclusions.ledger_changes import book_after, changes_of, places_before
from correlator.store.elasticsearch.conclusions.ledger_documents import (
    TRACE_DIGITS,
    LedgerBook,
    OutcomeDocument,
    PartDocument,
    RunDocument,
    outcome_place,
    part_place,
    run_place,
)
from correlator.store.elasticsearch.conclusions.minute_hours import (
    KNOWN,
    SUMS,
    HourSums,
    KnownHour,
    hours_between,
    known_place,
    sums_place,
)
from correlator.store.elasticsearch.freshness import Freshness
from correlator.store.elasticsearch.queries import Query, all_of, in_pieces, one_of
from correlator.store.elasticsearch.requests.marker_search import MarkerSearch
from correlator.store.elasticsearch.requests.numbering import numbering_now

Document = TypeVar("Document")

HOURS_BY_ID: Final = 168
"""Hours that are fetched by id, which needs no refresh; more are searched for."""
TERMS_AT_ONCE: Final = 1_000
PREFIXES_AT_ONCE: Final = 100


class ElasticsearchLedger:
    """The contract's OutcomeLedger, on plain indices. One commits at a time, over all processes."""

    def __init__(self, indices: PlainIndices, freshness: Freshness, markers: MarkerSearch) -> None:
        self._indices = indices
        self._markers = markers
        self._ledger_history = ""
        self._ledger_commits = CommitChain(indices, freshness, "ledger", Forgetting(indices), FORGETTABLE)
        self._book: tuple[bytes | None, LedgerBook] = (None, LedgerBook())

    def ledger_state(self) -> LedgerState:
        book = self._read_book(self._ledger_commits.state())
        self._ledger_history = self._markers.history()
        return LedgerState(self._markers.resumed(book.position, book.numbering, self._ledger_history))

    def commit_ledger(self, commit: LedgerCommit) -> None:
        with self._ledger_commits.committing() as state:
            found = self._ledger_commits.by_id(places_before(commit))
            changes = changes_of(commit, {place: each.source for place, each in found.items()})
            book = book_after(self._read_book(state), commit, numbering_now(self._ledger_history))
            self._ledger_commits.commit(msgspec.json.encode(book), changes)

    # --- outcomes ---

    def standing_outcomes(self, events: Collection[EventKey]) -> Mapping[EventKey, Outcome]:
        found = self._by_id([outcome_place(event) for event in events], OutcomeDocument)
        outcomes = (each.outcome() for each in found if not each.is_gone)
        return {outcome.event: outcome for outcome in outcomes}

    def outcomes_named(self, objective_id: str, prefix: str) -> tuple[Outcome, ...]:
        named = [{"term": {"objective_id": objective_id}}, {"prefix": {"identity": prefix}}]
        query = {"bool": {"filter": named, "must_not": {"term": {"is_gone": True}}}}
        found = self._found("outcomes", query, "identity", OutcomeDocument)
        return tuple(each.outcome() for each in found)

    # --- minutes ---

    def minute_sums(self, objective_id: str, first_minute: int, end_minute: int) -> tuple[MinuteSums, ...]:
        between = hours_between(first_minute, end_minute)
        if len(between) <= HOURS_BY_ID:
            hours: Iterable[HourSums] = self._by_id([sums_place(objective_id, hour) for hour in between], HourSums)
        else:
            hours = self._found(
                "minutes", _hours(SUMS, between, {"term": {"objective_id": objective_id}}), "hour", HourSums
            )
        return tuple(row for each in hours for row in each.rows if first_minute <= row.minute < end_minute)

    def total_sums(self) -> Mapping[str, MinuteSums]:
        self._ledger_commits.settle()
        sums = {
            "first": {"min": {"field": "first_minute"}},
            "good": {"sum": {"field": "good"}},
            "total": {"sum": {"field": "total"}},
        }
        with_events = {"exists": {"field": "first_minute"}}
        groups = self._indices.buckets("minutes", with_events, "objective_id", sums)
        return {each["key"]: MinuteSums(*(int(each[name]["value"]) for name in sums)) for each in groups}

    def known_minutes(self, first_minute: int, end_minute: int) -> tuple[int, ...]:
        between = hours_between(first_minute, end_minute)
        if len(between) <= HOURS_BY_ID:
            hours: Iterable[KnownHour] = self._by_id([known_place(hour) for hour in between], KnownHour)
        else:
            hours = self._found("minutes", _hours(KNOWN, between), "hour", KnownHour)
        return tuple(minute for each in hours for minute in each.minutes if first_minute <= minute < end_minute)

    # --- runs and their parts ---

    def workflow_names(self) -> Mapping[str, str]:
        return dict(sorted(self._current().workflows.items()))

    def runs_of(self, workflow_id: str, limit: int) -> tuple[Run, ...]:
        self._ledger_commits.settle()
        newest_first = [{"started_unix_nano": "desc"}, {"execution_id": "desc"}]
        found = self._indices.first("runs", {"term": {"workflow_id": workflow_id}}, newest_first, limit, RunDocument)
        return tuple(each.value for each in reversed(found))

    def standing_runs(self, executions: Collection[RunKey]) -> Mapping[RunKey, Run]:
        found = self._by_id([run_place(key) for key in executions], RunDocument)
        return {each.value.key: each.value for each in found}

    def standing_parts(self, refs: Collection[str]) -> Mapping[str, RunPart]:
        return {each.ref: each.value for each in self._by_id([part_place(ref) for ref in refs], PartDocument)}

    def parts_in(self, trace_ids: Collection[str]) -> tuple[RunPart, ...]:
        whole = {each for each in trace_ids if len(each) == TRACE_DIGITS}
        queries = [one_of("trace", some) for some in in_pieces(sorted(whole), TERMS_AT_ONCE)]
        for some in in_pieces(sorted({*trace_ids} - whole), PREFIXES_AT_ONCE):
            queries.append({"bool": {"should": [{"prefix": {"ref": each}} for each in some]}})  # noqa: PERF401
        return self._parts_found(queries)

    def parts_of(self, executions: Collection[RunKey]) -> tuple[RunPart, ...]:
        ids = sorted({run_place(key).id for key in executions})
        return self._parts_found(one_of("execution", some) for some in in_pieces(ids, TERMS_AT_ONCE))

    # --- the book ---

    def burning_windows(self) -> tuple[BurningWindow, ...]:
        return tuple(sorted(self._current().burning, key=lambda each: each.objective_id))

    def running_counts(self) -> Mapping[str, RunningCount]:
        return dict(sorted(self._current().counts.items()))

    def _current(self) -> LedgerBook:
        return self._read_book(self._ledger_commits.current())

    def _read_book(self, state: bytes | None) -> LedgerBook:
        if state is None:
            return LedgerBook()
        known, book = self._book
        if known is not state:
            book = msgspec.json.decode(state, type=LedgerBook)
            self._book = (state, book)
        return book

    # --- documents ---

    def _by_id(self, places: Collection[Place], of: type[Document]) -> list[Document]:
        """Those that are there, in the order of `places`; each place once."""
        found = self._ledger_commits.by_id(dict.fromkeys(places)) if places else {}
        return [msgspec.convert(found[place].source, of) for place in dict.fromkeys(places) if place in found]

    def _found(self, kind: str, query: Query, order: str, of: type[Document]) -> Iterator[Document]:
        self._ledger_commits.settle()
        return self._indices.found(kind, query, [{order: "asc"}], of)

    def _parts_found(self, queries: Iterable[Query]) -> tuple[RunPart, ...]:
        found = {
            each.ref: each.value for query in queries for each in self._found("run-parts", query, "ref", PartDocument)
        }
        return tuple(found[ref] for ref in sorted(found))


def _hours(kind: str, between: range, *further: Query) -> Query:
    in_range = {"range": {"hour": {"gte": between.start, "lt": between.stop}}}
    return all_of({"term": {"kind": kind}}, in_range, *further)
