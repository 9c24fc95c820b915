"""What a new process finds of executions in the store."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event as Signal
from typing import Any

import pytest

from correlator import semconv
from correlator.doors.otlp_decode import decode
from correlator.model.limits import Limits
from correlator.model.rows import json_object
from correlator.pipeline.stories import named_records
from correlator.pipeline.workflows.executions import Executions
from correlator.pipeline.workflows.recall_executions import recall_executions
from correlator.store.contract import Frame, Store
from correlator.store.memory import MemoryStore
from correlator.telemetry.metrics import EngineMetrics
from correlator.workflows.status import ExecutionStatus
from correlator.workflows.status_table import TableLimits
from tests.e2e.engine import segment_store, system_of

BODIES = sorted((Path(__file__).parents[3] / "fixtures" / "otlp").glob("otlp_raw_*.pb"))
LIMITS = Limits(past_skew_s=1e9)


@pytest.fixture(params=["memory", "segments"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each store, with what a real n8n sent."""
    opened: Any = MemoryStore() if request.param == "memory" else segment_store(tmp_path / "data")
    for body in BODIES:
        frame = Frame("traces", "protobuf", 1_795_234_400 * 10**9, body.read_bytes())
        opened.append(frame, decode(frame, LIMITS, system_of).tables).result()
    yield opened
    opened.close()


def spans_of(store: Store) -> list[dict[str, Any]]:
    columns = ("name", "attributes", "end_time_unix_nano")
    spans = store.scan("traces", 0, 2**63 - 1, columns).to_pylist()
    return [each for each in spans if each["name"] == semconv.N8N_WORKFLOW_SPAN]


def recalled(store: Store, *, with_workflow_spans: bool) -> dict[str, ExecutionStatus]:
    now = max(each["end_time_unix_nano"] for each in spans_of(store))
    limits = TableLimits(timeout_s=1_800, ttl_s=86_400, workflows=100, executions=1_000)
    executions = Executions(limits, lambda topic, data: None, EngineMetrics(), lambda: now)
    recall_executions(store, executions, now, Signal().is_set, with_workflow_spans=with_workflow_spans)
    workflows = {json_object(each["attributes"])[semconv.N8N_WORKFLOW_ID] for each in spans_of(store)}
    return {one.execution_id: one for workflow in workflows for one in executions.executions_of(workflow)}


@pytest.mark.parametrize("rows_read", [named_records.ROWS_READ, 7])
def test_every_execution_of_n8ns_database_is_known_again(
    store: Store, rows_read: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From its workflow span, whether a window is read whole or piece by piece."""
    monkeypatch.setattr(named_records, "ROWS_READ", rows_read)
    known = recalled(store, with_workflow_spans=True)
    told = [json_object(each["attributes"]) for each in spans_of(store)]
    assert set(known) == {each[semconv.N8N_EXECUTION_ID] for each in told}
    assert {"completed", "failed"} <= {each.state for each in known.values()}
    failed = next(each for each in known.values() if each.state == "failed")
    assert failed.error_type
    assert len(failed.trace_id) == 32


def test_spans_count_only_where_n8ns_database_is_asked(store: Store) -> None:
    """Else a restart would know more than the process before it."""
    assert recalled(store, with_workflow_spans=False) == {}


def test_it_ends_when_told_to(store: Store) -> None:
    """A stop does not wait for a day of records."""
    executions = Executions(TableLimits(1_800, 86_400, 10, 10), lambda topic, data: None, EngineMetrics())
    assert recall_executions(store, executions, 1_795_234_400 * 10**9, lambda: True, with_workflow_spans=True) == 0
