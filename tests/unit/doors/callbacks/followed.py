"""An engine's followers of workflows on a memory store, with a clock that the test sets. Seconds count from T0."""

import asyncio
import json
from functools import partial
from threading import Event as Signal
from typing import Any

from correlator.correlate.systems import DEFAULT_RULES, system_of
from correlator.doors.callbacks.door import Acceptance, CallbackDoor
from correlator.doors.callbacks.silence import SilenceWatch
from correlator.doors.otlp_decode import decode
from correlator.model.limits import Limits, Rejection
from correlator.model.tables import Tables
from correlator.pipeline.record import Recorder
from correlator.pipeline.workflows.events import Events
from correlator.pipeline.workflows.executions import Executions
from correlator.store.contract import Frame
from correlator.store.memory import MemoryStore
from correlator.telemetry.metrics import EngineMetrics
from correlator.workflows.event_bus import Event
from correlator.workflows.status import ExecutionStatus
from correlator.workflows.status_table import TableLimits
from tests.unit.doors.callbacks.recorded import LIMITS
from tests.unit.workflows.heard import at

TABLE = TableLimits(timeout_s=1_800, ttl_s=86_400, workflows=1_000, executions=100)


class Followed:
    """`restart` is a new process on the same store."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.store = MemoryStore()
        self.restart()

    def restart(self) -> None:
        metrics, clock = EngineMetrics(), self._now
        self.metrics = metrics
        self.recorder = Recorder(self.store, _decode, metrics, max_bytes_in_flight=2**20, clock_unix_nano=clock)
        self.events = Events(1_000, metrics, clock)
        self.executions = Executions(TABLE, self.events.publish, metrics, clock)
        self.door = CallbackDoor(self.recorder, self.executions, LIMITS, metrics, clock)
        self.silence = SilenceWatch(self.store, self.recorder, self.executions, clock)
        self.silence.recall(Signal())

    def receive(self, body: dict[str, Any], workflow_id: str = "w", traceparent: str = "") -> Acceptance:
        return asyncio.run(self.door.receive(workflow_id, json.dumps(body).encode(), traceparent))

    def statuses(self, workflow_id: str = "w") -> tuple[ExecutionStatus, ...]:
        return self.executions.executions_of(workflow_id)

    def told(self) -> list[str]:
        """Topics, since the process began."""
        with self.events.bus.subscribe("#", lambda: None, 0) as subscription:
            return [each.topic for each in subscription.take() if isinstance(each, Event)]

    def records(self) -> int:
        return self.store.stats().logs

    def _now(self) -> int:
        return at(self.now_s)


def _decode(frame: Frame) -> tuple[Tables, tuple[Rejection, ...]]:
    decoded = decode(frame, Limits(), partial(system_of, rules=DEFAULT_RULES))
    return decoded.tables, decoded.rejections
