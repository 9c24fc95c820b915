"""Deletes what a commit of the ledger forgets. To do it again, or much later, deletes nothing that is not as old.

Deletions go by what a search finds, after the commit's own documents are written. An engine that was stopped amid an old
commit may bring a document back; it is as old, and goes with the next commit that forgets.
"""

from collections.abc import Iterator
from typing import Final

from correlator.slo.minute_series import MINUTE_NANO
from correlator.store.contract import RUNS_KEPT
from correlator.store.elasticsearch.commits.changes import Change, Forget, change
from correlator.store.elasticsearch.commits.plain_indices import PlainIndices
from correlator.store.elasticsearch.conclusions.ledger_documents import RunDocument
from correlator.store.elasticsearch.conclusions.minute_hours import (
    HOUR,
    KNOWN,
    SUMS,
    HourSums,
    KnownHour,
    hour_sums,
    known_hour,
)
from correlator.store.elasticsearch.queries import Query, all_of

FORGETTABLE: Final = ("minutes", "outcomes", "runs", "run-parts")
"""Kinds of documents of which some may go."""


class Forgetting:
    """Of one ledger's documents."""

    def __init__(self, indices: PlainIndices) -> None:
        self._indices = indices

    def __call__(self, number: int, forget: Forget) -> None:
        """What the commit of that number forgets."""
        self._indices.refresh(*FORGETTABLE)
        if forget.before_minute is not None:
            self._forget_minutes(number, forget.before_minute)
        if forget.parts_before_minute is not None:
            before_nano = forget.parts_before_minute * MINUTE_NANO
            self._indices.drop("run-parts", _before("newest_unix_nano", before_nano))
            self._forget_runs(before_nano)

    def _forget_minutes(self, number: int, before_minute: int) -> None:
        self._indices.put(list(self._cut(before_minute)), number)
        self._indices.drop("minutes", _before("hour", before_minute // HOUR))
        self._indices.drop("outcomes", _before("minute", before_minute))
        self._indices.drop("runs", _before("started_unix_nano", before_minute * MINUTE_NANO))

    def _cut(self, before_minute: int) -> Iterator[Change]:
        """The documents of the hour in which that minute is, without what is before it."""
        hour = before_minute // HOUR
        in_hour = {"term": {"hour": hour}}
        sums = self._indices.found(
            "minutes", all_of(in_hour, {"term": {"kind": SUMS}}), [{"objective_id": "asc"}], HourSums
        )
        for each in sums:
            rows = [row for row in each.rows if row.minute >= before_minute]
            yield change(*each.place, hour_sums(each.objective_id, hour, rows))
        for known in self._indices.found(
            "minutes", all_of(in_hour, {"term": {"kind": KNOWN}}), [{"hour": "asc"}], KnownHour
        ):
            yield change(*known.place, known_hour(hour, (each for each in known.minutes if each >= before_minute)))

    def _forget_runs(self, before_nano: int) -> None:
        """Workflow by workflow: those before the last that are kept."""
        old = {"old": {"filter": _before("started_unix_nano", before_nano)}}
        for group in self._indices.buckets("runs", {"match_all": {}}, "workflow_id", old):
            if group["doc_count"] > RUNS_KEPT and group["old"]["doc_count"]:
                self._forget_runs_of(group["key"], before_nano)

    def _forget_runs_of(self, workflow_id: str, before_nano: int) -> None:
        of_workflow = {"term": {"workflow_id": workflow_id}}
        newest_first = [{"started_unix_nano": "desc"}, {"execution_id": "desc"}]
        oldest_kept = self._indices.first("runs", of_workflow, newest_first, RUNS_KEPT, RunDocument)[-1]
        is_older = [
            _before("started_unix_nano", oldest_kept.started_unix_nano),
            all_of(
                {"term": {"started_unix_nano": oldest_kept.started_unix_nano}},
                {"range": {"execution_id": {"lt": oldest_kept.execution_id}}},
            ),
        ]
        older = {"bool": {"should": is_older, "minimum_should_match": 1}}
        self._indices.drop("runs", all_of(of_workflow, _before("started_unix_nano", before_nano), older))


def _before(field: str, bound: int) -> Query:
    return {"range": {field: {"lt": bound}}}
