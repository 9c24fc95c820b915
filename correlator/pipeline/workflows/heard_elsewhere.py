"""What was told to other engines on the same store, read again and again: callbacks, timeouts, ends of executions, alerts.

All of it is on record. So each engine knows of every execution and alert, whichever of them was told, a few seconds later; and
after a restart or a takeover it knows what was known before.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from threading import Event
from typing import Any, Final, Protocol

import pyarrow as pa
import structlog

from correlator import semconv
from correlator.errors import CorrelatorError
from correlator.model.rows import json_object
from correlator.pipeline.alerts.alert_log import alert_of_log
from correlator.pipeline.alerts.heard_alerts import RECALLED_NANO, HeardAlerts
from correlator.pipeline.workflows.executions import Executions
from correlator.pipeline.workflows.recall_executions import told_by_span
from correlator.workflows.callback import EVENT_PREFIX, TIMEOUT_EVENT
from correlator.workflows.observation import Silence, of_log, silence_of_log

log = structlog.get_logger()

TURN_S: Final = 2.0
SETTLED_NANO: Final = 2 * 10**9
"""What arrived later is left to the next turn: who was told of it has counted it by then, and it can be found."""
OVERLAP_NANO: Final = 60 * 10**9
"""Read again each turn: clocks of engines differ, and a request may wait for the store. What is heard twice counts once."""
WINDOW_NANO: Final = 3_600 * 10**9  # of arrivals, read at a time after a start
LOG_EVENTS: Final = (EVENT_PREFIX, TIMEOUT_EVENT, semconv.ALERT_EVENT)


class SharedRecords(Protocol):
    """What a store offers on which others record too."""

    def arrived_by_name(
        self, signal: str, prefixes: Sequence[str], start_unix_nano: int, end_unix_nano: int
    ) -> pa.Table:
        """Spans by their name, or logs by their event name, which begins with one of the prefixes and which arrived at any engine
        in [start, end) by its clock. In no particular order."""
        ...


class HeardElsewhere:
    """Keeps `executions` and `alerts` up to date. One thread. `with_workflow_spans`: n8n's database is asked, and what it told
    is in spans. `recalled` is called once all of their time to live has been read."""

    def __init__(
        self,
        records: SharedRecords,
        executions: Executions,
        alerts: HeardAlerts,
        recalled: Callable[[], None],
        clock_unix_nano: Callable[[], int] = time.time_ns,
        *,
        with_workflow_spans: bool = False,
    ) -> None:
        self._records = records
        self._executions = executions
        self._alerts = alerts
        self._recalled = recalled
        self._clock = clock_unix_nano
        self._with_workflow_spans = with_workflow_spans
        self._end = 0  # everything that arrived before was read

    def run(self, stop: Event) -> None:
        """Turn until `stop` is set. An error ends its turn, never the loop."""
        while not stop.is_set():
            try:
                self.turn(stop)
            except CorrelatorError as error:
                log.warning("heard_elsewhere_not_read", reason=str(error))
            except Exception:
                log.exception("heard_elsewhere_not_read")
            stop.wait(TURN_S)

    def turn(self, stop: Event | None = None) -> None:
        """Read what arrived since the last turn; first of all, what arrived in the time that executions and alerts are known for.

        Raises what the store raises; the next turn reads from there on.
        """
        now = self._clock()
        is_first, until = self._end == 0, now - SETTLED_NANO
        oldest = now - max(self._executions.limits.ttl_nano, RECALLED_NANO)
        start = oldest if is_first else self._end - OVERLAP_NANO
        while start < until and not (stop and stop.is_set()):
            end = min(start + WINDOW_NANO, until)
            self._read(start, end, now)
            start = self._end = end
        if is_first and start >= until:
            self._alerts.recalled_since(now - RECALLED_NANO)
            self._recalled()

    def _read(self, start: int, end: int, now: int) -> None:
        timeouts: list[Silence] = []
        for row in _rows(self._records.arrived_by_name("logs", LOG_EVENTS, start, end), "time_unix_nano"):
            self._hear(row, now, timeouts)
        if self._with_workflow_spans:
            spans = self._records.arrived_by_name("traces", (semconv.N8N_WORKFLOW_SPAN,), start, end)
            for row in _rows(spans, "end_time_unix_nano"):
                self._executions.hear_elsewhere("", told_by_span(row))
        for told in timeouts:  # once all executions are known
            self._executions.recall_timeout(told.workflow_id, told.execution_id, told.since_unix_nano)

    def _hear(self, row: dict[str, Any], now: int, timeouts: list[Silence]) -> None:
        attributes = json_object(row["attributes"])
        if row["event_name"] == TIMEOUT_EVENT:
            if (told := silence_of_log(attributes)) is not None:
                timeouts.append(told)
        elif row["event_name"] == semconv.ALERT_EVENT:
            alert = alert_of_log(attributes, row["observed_time_unix_nano"] or 0)
            if alert is not None:
                self._alerts.hear(alert)
        elif row["time_unix_nano"] > now - self._executions.limits.ttl_nano:
            heard = of_log(row["event_name"], attributes, row["time_unix_nano"], row["trace_id"])
            self._executions.hear_elsewhere(str(attributes.get(semconv.LOG_RECORD_UID, "")), heard)


def _rows(found: pa.Table, time_column: str) -> Iterator[dict[str, Any]]:
    """The oldest first."""
    yield from found.sort_by(time_column).to_pylist()
