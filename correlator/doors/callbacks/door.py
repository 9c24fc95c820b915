"""The edge: a callback is read, recorded durably, and only then told to whoever follows workflows."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from correlator.doors.callbacks.document import json_schemas
from correlator.doors.callbacks.otlp import callback_request
from correlator.doors.callbacks.read import CallbackLimits, read_callback
from correlator.errors import InvalidInput, Unavailable
from correlator.pipeline.record import Recorder
from correlator.pipeline.workflows.executions import Executions
from correlator.telemetry.metrics import EngineMetrics
from correlator.workflows.callback import Callback


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A callback that is durable. `is_duplicate`: it was so before, and nothing has changed."""

    execution_id: str | None
    trace_id: str | None
    is_duplicate: bool


class CallbackDoor:
    """Takes callbacks of any workflow. `json_schemas` describes their bodies."""

    def __init__(
        self,
        recorder: Recorder,
        executions: Executions,
        limits: CallbackLimits,
        metrics: EngineMetrics,
        clock_unix_nano: Callable[[], int] = time.time_ns,
    ) -> None:
        self.max_body_bytes = limits.body_bytes
        self._recorder = recorder
        self._executions = executions
        self._limits = limits
        self._metrics = metrics
        self._clock = clock_unix_nano

    def json_schemas(self, ref_template: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """The schema of a body, and the schemas that it refers to by `ref_template` with `{name}`."""
        return json_schemas(ref_template)

    async def receive(self, workflow_id: str, body: bytes, traceparent: str) -> Acceptance:
        """Returns once the callback is durable. Raises InvalidInput for what is none, and what Recorder.submit raises.

        Reading and counting are done in threads: a body of 1 MB can take half a second, and who looks for silent executions
        holds a full table for a tenth of one; the event loop answers others meanwhile.
        Of two equal ones at the same time both may be recorded; by their uid they are read as one.
        """
        arrival = self._clock()
        try:
            callback, is_duplicate = await asyncio.to_thread(self._read, workflow_id, body, traceparent, arrival)
        except InvalidInput:
            self._metrics.callbacks.labels("unknown", "invalid").inc()
            raise
        try:
            if not is_duplicate:
                request = callback_request(callback, arrival).SerializeToString()
                receipt = self._recorder.submit(request, "logs", "protobuf")
                if (await asyncio.shield(asyncio.wrap_future(receipt))).rejections:
                    raise InvalidInput("the callback is over a limit of records; see limits. in the settings")
                is_duplicate = not await asyncio.to_thread(self._executions.observe_callback, callback)
        except (Unavailable, InvalidInput) as error:
            answer = "unavailable" if isinstance(error, Unavailable) else "invalid"
            self._metrics.callbacks.labels(callback.kind, answer).inc()
            raise
        self._metrics.callbacks.labels(callback.kind, "duplicate" if is_duplicate else "accepted").inc()
        return Acceptance(callback.execution_id or None, callback.trace_id or None, is_duplicate)

    def _read(self, workflow_id: str, body: bytes, traceparent: str, arrival_unix_nano: int) -> tuple[Callback, bool]:
        """The callback, and whether it is on record already."""
        callback = read_callback(workflow_id, body, traceparent, arrival_unix_nano, self._limits)
        return callback, self._executions.has_heard(callback.uid)
