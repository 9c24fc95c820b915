"""After a restart: what the store has of executions, newest first, into what is known of them.

Callbacks and timeouts are log records; what n8n's database told is in workflow spans.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from correlator import semconv
from correlator.model.rows import json_object
from correlator.pipeline.stories.named_records import WINDOW_NANO, NamedRecords, find_named
from correlator.pipeline.workflows.executions import Executions
from correlator.store.contract import Reader
from correlator.workflows.callback import EVENT_PREFIX, TIMEOUT_EVENT
from correlator.workflows.observation import Observation, Silence, of_log, of_workflow_span, silence_of_log

_LOGS: Final = NamedRecords(
    "logs", "event_name", (EVENT_PREFIX, TIMEOUT_EVENT), ("event_name", "attributes", "time_unix_nano", "trace_id")
)
_SPANS: Final = NamedRecords(
    "traces",
    "name",
    (semconv.N8N_WORKFLOW_SPAN,),
    ("name", "attributes", "start_time_unix_nano", "end_time_unix_nano", "trace_id", "status_message"),
)


def recall_executions(
    reader: Reader,
    executions: Executions,
    now_unix_nano: int,
    should_stop: Callable[[], bool],
    *,
    with_workflow_spans: bool = False,
) -> int:
    """Tell `executions` what the store has of their time to live; how many records that were. Ends early when it should.

    Workflow spans count where n8n's database is asked too: so the same is known as before. A record later than now (by a
    clock that was set back) is not looked for.
    """
    recalled, end = 0, now_unix_nano + 1
    oldest = now_unix_nano - executions.limits.ttl_nano
    timeouts: list[Silence] = []
    while end > oldest and not should_stop():
        start = max(oldest, end - WINDOW_NANO)
        for row in find_named(reader, _LOGS, start, end):
            recalled += 1
            _recall_log(executions, row, timeouts)
        for row in find_named(reader, _SPANS, start, end) if with_workflow_spans else ():
            recalled += 1
            executions.recall("", told_by_span(row))
        end = start
    for told in timeouts:  # once all executions are known
        executions.recall_timeout(told.workflow_id, told.execution_id, told.since_unix_nano)
    return recalled


def _recall_log(executions: Executions, row: dict[str, Any], timeouts: list[Silence]) -> None:
    attributes = json_object(row["attributes"])
    if row["event_name"] == TIMEOUT_EVENT:
        if (told := silence_of_log(attributes)) is not None:
            timeouts.append(told)
        return
    heard = of_log(row["event_name"], attributes, row["time_unix_nano"], row["trace_id"])
    executions.recall(str(attributes.get(semconv.LOG_RECORD_UID, "")), heard)


def told_by_span(row: Mapping[str, Any]) -> Observation | None:
    """What a row of a workflow span tells."""
    return of_workflow_span(
        json_object(row["attributes"]),
        row["end_time_unix_nano"],
        row["start_time_unix_nano"],
        row["trace_id"],
        row["status_message"] or "",
    )
