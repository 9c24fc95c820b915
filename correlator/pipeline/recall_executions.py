"""After a restart: the callbacks on record of the last hours, newest first, into what is known of executions."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from correlator import semconv
from correlator.model.rows import json_object
from correlator.pipeline.executions import Executions
from correlator.store.contract import Reader
from correlator.workflows.callback import EVENT_PREFIX, TIMEOUT_EVENT
from correlator.workflows.observation import of_log

WINDOW_NANO: Final = 15 * 60 * 10**9
"""Log records of so long are looked through at a time: at 1,000 a second 900,000, of which one column is read first."""
_NAME: Final = ("event_name",)
_COLUMNS: Final = ("event_name", "attributes", "time_unix_nano", "trace_id")


def recall_executions(
    reader: Reader, executions: Executions, now_unix_nano: int, should_stop: Callable[[], bool]
) -> int:
    """Tell `executions` what the store has of their time to live; how many records that were. Ends early when it should.

    A record later than now (by a clock that was set back) is not looked for.
    """
    recalled, end = 0, now_unix_nano + 1
    timeouts: list[dict[str, Any]] = []
    oldest = now_unix_nano - executions.limits.ttl_nano
    while end > oldest and not should_stop():
        start = max(oldest, end - WINDOW_NANO)
        for row in _rows(reader, start, end):
            recalled += 1
            if row["event_name"] == TIMEOUT_EVENT:
                timeouts.append(json_object(row["attributes"]))
            else:
                _recall(executions, row)
        end = start
    for told in timeouts:  # once all executions are known
        workflow_id, execution_id = str(told[semconv.N8N_WORKFLOW_ID]), str(told[semconv.N8N_EXECUTION_ID])
        executions.recall_timeout(workflow_id, execution_id, int(told[semconv.SILENT_SINCE]))
    return recalled


def _rows(reader: Reader, start_unix_nano: int, end_unix_nano: int) -> Iterator[dict[str, Any]]:
    """Callbacks and timeouts of [start, end). Most windows have none: then their names are all that is read."""
    names = reader.scan("logs", start_unix_nano, end_unix_nano, _NAME)
    if not pc.any(_is_ours(names)).as_py():
        return
    logs = reader.scan("logs", start_unix_nano, end_unix_nano, _COLUMNS)
    yield from logs.filter(_is_ours(logs)).to_pylist()


def _is_ours(logs: pa.Table) -> Any:
    names = logs["event_name"].cast(pa.string())
    ours = pc.or_(pc.starts_with(names, EVENT_PREFIX), pc.equal(names, TIMEOUT_EVENT))
    return pc.fill_null(ours, False)


def _recall(executions: Executions, row: dict[str, Any]) -> None:
    attributes = json_object(row["attributes"])
    heard = of_log(row["event_name"], attributes, row["time_unix_nano"], row["trace_id"])
    executions.recall(str(attributes.get(semconv.LOG_RECORD_UID, "")), heard)
