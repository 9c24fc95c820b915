"""What every workflow is doing, told by many threads: the status table and the event bus behind one lock."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Any, Final

from correlator.model.execution import ExecutionState
from correlator.pipeline.workflows.events import Publish
from correlator.telemetry.metrics import EngineMetrics
from correlator.workflows.callback import Callback
from correlator.workflows.observation import Observation, of_callback, of_execution
from correlator.workflows.recent_uids import RecentUids
from correlator.workflows.status import SHOWN, TIMED_OUT, ExecutionStatus
from correlator.workflows.status_table import StatusTable, TableLimits
from correlator.workflows.topics import workflow_topic

REMEMBERED_UIDS: Final = 100_000
"""Callbacks whose double is answered without recording it again: 10 MB. An older double is recorded, and read as one."""


class Executions:
    """Counts what is heard, publishes what it changes. Safe from any thread; nothing here waits for a disk or a network."""

    def __init__(
        self,
        limits: TableLimits,
        publish: Publish,
        metrics: EngineMetrics,
        clock_unix_nano: Callable[[], int] = time.time_ns,
    ) -> None:
        self._lock = Lock()
        self._table = StatusTable(limits)
        self._uids = RecentUids(REMEMBERED_UIDS)
        self._publish = publish
        self._metrics = metrics
        self._clock = clock_unix_nano
        self.limits = limits
        metrics.workflow_statuses.labels("workflows").set_function(lambda: self._counts()[0])
        metrics.workflow_statuses.labels("executions").set_function(lambda: self._counts()[1])

    def has_heard(self, uid: str) -> bool:
        """Whether a callback of that uid is on record, as far as is remembered."""
        with self._lock:
            return uid in self._uids

    def observe_callback(self, callback: Callback) -> bool:
        """Count a callback that is on record now; whether it is the first of its uid."""
        with self._lock:
            is_first = self._uids.add(callback.uid)
            if is_first and callback.execution_id:
                self._table.observe(of_callback(callback))
        if is_first:
            self._publish(workflow_topic(callback.workflow_id, callback.kind), _told_by(callback))
        return is_first

    def observe_execution(self, told: ExecutionState) -> None:
        """Count what n8n's database says of an execution; an event goes out where its state changes."""
        heard = of_execution(told, self._clock())
        if heard is None:
            return
        with self._lock:
            change = self._table.observe(heard)
        if change.is_new_state:
            self._publish(workflow_topic(told.workflow_id, change.after.state), _told_of(change.after))

    def recall(self, uid: str, heard: Observation | None) -> None:
        """Count what was on record before this process began, the newest first: it is no news.

        `uid` is empty for what is no callback.
        """
        with self._lock:
            if uid:
                self._uids.add_older(uid)
            if heard is not None:
                self._table.observe(heard)

    def hear_elsewhere(self, uid: str, heard: Observation | None) -> None:
        """Count what another engine was told, the oldest first: who listens heard of it there. `uid` as in `recall`."""
        with self._lock:
            if uid and not self._uids.add(uid):
                return
            if heard is not None:
                self._table.observe(heard)

    def recall_timeout(self, workflow_id: str, execution_id: str, alive_unix_nano: int) -> None:
        """Note that the timeout of this silence is on record."""
        with self._lock:
            self._table.told_silent(workflow_id, execution_id, alive_unix_nano)

    def newly_silent(self) -> tuple[ExecutionStatus, ...]:
        """Executions whose silence is a timeout by now, and not on record yet."""
        with self._lock:
            return self._table.newly_silent(self._clock())

    def timed_out(self, silent: ExecutionStatus) -> None:
        """The timeout of this silence is on record now: tell."""
        self.recall_timeout(silent.workflow_id, silent.execution_id, silent.alive_unix_nano)
        self._metrics.execution_timeouts.inc()
        self._publish(workflow_topic(silent.workflow_id, TIMED_OUT), _told_of(silent) | {"state": TIMED_OUT})

    def executions_of(self, workflow_id: str) -> tuple[ExecutionStatus, ...]:
        """The latest of a workflow, last heard first; their `state` as of now, timed_out too."""
        now = self._clock()
        with self._lock:
            known = self._table.executions_of(workflow_id, now)
        return tuple(each.as_of(now, self.limits.timeout_nano) for each in known)

    def ended(self) -> tuple[ExecutionStatus, ...]:
        """All that are known to have ended."""
        with self._lock:
            return self._table.ended()

    def _counts(self) -> tuple[int, int]:
        with self._lock:
            return self._table.counts()


def _told_by(callback: Callback) -> dict[str, Any]:
    error = callback.error
    return {
        "workflow_id": callback.workflow_id,
        "execution_id": callback.execution_id or None,
        "trace_id": callback.trace_id or None,
        "job_id": callback.job_id or None,
        "progress": callback.progress,
        "message": callback.message[:SHOWN] or None,
        "error_type": (error.type or None) if error else None,
        "error_message": (error.message[:SHOWN] or None) if error else None,
    }


def _told_of(status: ExecutionStatus) -> dict[str, Any]:
    return {
        "workflow_id": status.workflow_id,
        "execution_id": status.execution_id,
        "trace_id": status.trace_id or None,
        "state": status.state,
        "error_message": status.error_message or None,
    }
