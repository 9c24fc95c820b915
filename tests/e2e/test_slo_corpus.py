"""All that a real n8n, bridge and worker were recorded to send: every execution is counted once, as n8n's database has it."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from correlator.doors.n8n_rest.document import read_execution
from correlator.model.objective import RecordSource
from correlator.pipeline.slo.counting import Counting
from correlator.pipeline.slo.objectives import Objectives
from correlator.slo.minute_series import MINUTE_NANO
from correlator.slo.silence import SilentFailure
from correlator.store.contract import Store
from tests.corpus.recording import EXECUTION, OTLP, read_recorded
from tests.corpus.replay import Replay
from tests.unit.slo.series import objective

CANCELED = "canceled"
GOOD = "success"
RUNS, CALLS, JOBS, SENDS = "executions", "calls", "jobs", "sends"
OBJECTIVES = (
    objective(id=RUNS, source=RecordSource("executions")),
    objective(id=CALLS, source=RecordSource("server_calls")),
    objective(id=JOBS, source=RecordSource("jobs")),
    objective(id=SENDS, source=RecordSource("sends")),
)


def count(store: Store) -> list[SilentFailure]:
    """All that came since, and the silent failures that it told."""
    counting, failures = Counting(store, Objectives(OBJECTIVES, store)), []
    while not (counted := counting.count_page(0, ())).is_end:
        failures += counted.failures
    return failures


def sums(store: Store, objective_id: str) -> tuple[int, int]:
    rows = store.minute_sums(objective_id, 0, 2**40)
    return sum(row.good for row in rows), sum(row.total for row in rows)


def by_the_records(store: Store, kind: int) -> tuple[int, int]:
    """Distinct spans of that kind, and the good ones, read one by one."""
    spans = store.scan("traces", 0, 2**62, ("kind", "is_error"))
    errors = [row["is_error"] for row in spans.to_pylist() if row["kind"] == kind]
    return len(errors) - sum(errors), len(errors)


def went_on_after_an_error(document: dict[str, Any]) -> bool:
    """Whether a node of a success failed, as n8n's database tells who looks into its items."""
    return document["status"] == GOOD and any(run.error is not None for run in read_execution(document).runs)


@pytest.mark.slow
def test_every_recorded_execution_is_counted_once(tmp_path: Path) -> None:
    """Spans first; then n8n's database, which adds what was lost and corrects the rest; then all of it once more."""
    recorded = read_recorded()
    documents = {
        each.content["document"]["id"]: each.content["document"] for each in recorded if each.kind == EXECUTION
    }
    statuses = Counter(each["status"] for each in documents.values())
    replay = Replay(tmp_path)
    replay.play(recorded, frozenset({OTLP}))
    failures = count(replay.store)
    heard = sums(replay.store, RUNS)
    assert 400 < heard[1] < len(documents) - statuses[CANCELED]
    replay.play(recorded, frozenset({EXECUTION}))
    failures += count(replay.store)
    assert sums(replay.store, RUNS) == (statuses[GOOD], len(documents) - statuses[CANCELED])
    for objective_id, kind in ((CALLS, 2), (SENDS, 4), (JOBS, 5)):
        assert sums(replay.store, objective_id) == by_the_records(replay.store, kind)
    runs = {
        run.execution_id: run
        for workflow_id in replay.store.workflow_names()
        for run in replay.store.runs_of(workflow_id, 1_000)
    }
    assert {each for each, run in runs.items() if run.is_success} == {
        each for each, document in documents.items() if document["status"] == GOOD
    }
    before = {each: replay.store.minute_sums(each, 0, 2**40) for each in (RUNS, CALLS, JOBS, SENDS)}
    replay.play(recorded, frozenset({OTLP, EXECUTION}))
    assert count(replay.store) == []
    assert {each: replay.store.minute_sums(each, 0, 2**40) for each in before} == before
    told = {each.execution_id for each in failures}
    true = {each for each, document in documents.items() if went_on_after_an_error(document)}
    assert {each.kind for each in failures} == {"continued_on_error"}
    assert told <= true
    assert len(told) >= 20, f"of {len(true)}; 4xx answers and calls without trace context are not told"
    replay.close()


def test_minutes_are_those_in_which_executions_stopped(tmp_path: Path) -> None:
    """Of what n8n's database alone tells."""
    recorded = [each for each in read_recorded() if each.kind == EXECUTION][:40]
    replay = Replay(tmp_path)
    replay.play(recorded, frozenset({EXECUTION}))
    count(replay.store)
    stopped = Counter(
        read_execution(each.content["document"]).stopped_unix_nano // MINUTE_NANO
        for each in recorded
        if each.content["document"]["status"] != CANCELED
    )
    assert {row.minute: row.total for row in replay.store.minute_sums(RUNS, 0, 2**40)} == stopped
    replay.close()
