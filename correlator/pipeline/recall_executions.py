"""After a restart: what the store has of executions, newest first, into what is known of them.

Callbacks and timeouts are log records; what n8n's database told is in workflow spans. Both lie among all others, so a window of
time is looked through by name first, and read only where there is something.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from correlator import semconv
from correlator.model.rows import json_object
from correlator.model.tables import TIME_COLUMNS
from correlator.pipeline.executions import Executions
from correlator.store.contract import Reader
from correlator.workflows.callback import EVENT_PREFIX, TIMEOUT_EVENT
from correlator.workflows.observation import Silence, of_log, of_workflow_span, silence_of_log

WINDOW_NANO: Final = 30 * 60 * 10**9
"""So much is looked through by name at a time: at 1,000 records a second 1.8 million names, 50 MB. Each window costs a scan."""
ROWS_READ: Final = 50_000
"""About so many records are read whole at a time: 15 MB of attributes at 300 B each."""


@dataclass(frozen=True, slots=True)
class _Search:
    """Where to look: records of a signal whose column `name` begins so; and what to read of them."""

    signal: str
    name: str
    prefixes: tuple[str, ...]
    columns: tuple[str, ...]


_LOGS: Final = _Search(
    "logs", "event_name", (EVENT_PREFIX, TIMEOUT_EVENT), ("event_name", "attributes", "time_unix_nano", "trace_id")
)
_SPANS: Final = _Search(
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
        for row in _find(reader, _LOGS, start, end):
            recalled += 1
            _recall_log(executions, row, timeouts)
        for row in _find(reader, _SPANS, start, end) if with_workflow_spans else ():
            recalled += 1
            _recall_span(executions, row)
        end = start
    for told in timeouts:  # once all executions are known
        executions.recall_timeout(told.workflow_id, told.execution_id, told.since_unix_nano)
    return recalled


def _find(reader: Reader, search: _Search, start_unix_nano: int, end_unix_nano: int) -> Iterator[dict[str, Any]]:
    """The records of [start, end) that are ours."""
    time = TIME_COLUMNS[search.signal]
    named = reader.scan(search.signal, start_unix_nano, end_unix_nano, (search.name, time))
    ours = named.filter(_is_ours(named, search))
    if not ours.num_rows:
        return
    pieces = named.num_rows // ROWS_READ + 1
    width = (end_unix_nano - start_unix_nano) // pieces + 1
    offsets = pc.divide(pc.subtract(ours[time], start_unix_nano), width)
    for piece in pc.unique(offsets).to_pylist():
        first = start_unix_nano + piece * width
        records = reader.scan(search.signal, first, min(end_unix_nano, first + width), search.columns)
        yield from records.filter(_is_ours(records, search)).to_pylist()


def _is_ours(table: pa.Table, search: _Search) -> Any:
    names = table[search.name].cast(pa.string())
    ours = pc.starts_with(names, search.prefixes[0])
    for prefix in search.prefixes[1:]:
        ours = pc.or_(ours, pc.starts_with(names, prefix))
    return pc.fill_null(ours, False)


def _recall_log(executions: Executions, row: dict[str, Any], timeouts: list[Silence]) -> None:
    attributes = json_object(row["attributes"])
    if row["event_name"] == TIMEOUT_EVENT:
        if (told := silence_of_log(attributes)) is not None:
            timeouts.append(told)
        return
    heard = of_log(row["event_name"], attributes, row["time_unix_nano"], row["trace_id"])
    executions.recall(str(attributes.get(semconv.LOG_RECORD_UID, "")), heard)


def _recall_span(executions: Executions, row: dict[str, Any]) -> None:
    heard = of_workflow_span(
        json_object(row["attributes"]),
        row["end_time_unix_nano"],
        row["start_time_unix_nano"],
        row["trace_id"],
        row["status_message"] or "",
    )
    executions.recall("", heard)
