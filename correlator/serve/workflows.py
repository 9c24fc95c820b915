"""What the routes of workflows stand on."""

from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from correlator.pipeline.workflows.executions import Executions
from correlator.serve.routes.callbacks import SCHEMAS, Callbacks, callbacks_router
from correlator.serve.routes.events import events_router
from correlator.serve.routes.status import status_router
from correlator.telemetry.metrics import EngineMetrics
from correlator.workflows.event_bus import EventBus


@dataclass(frozen=True, slots=True)
class WorkflowApi:
    """Callbacks, statuses and events."""

    callbacks: Callbacks
    executions: Executions
    bus: EventBus
    heartbeat_s: float
    body_timeout_s: float

    def install(self, app: FastAPI, metrics: EngineMetrics) -> None:
        """Add the routes."""
        app.include_router(callbacks_router(self.callbacks, self.body_timeout_s))
        app.include_router(status_router(self.executions))
        app.include_router(events_router(self.bus, self.heartbeat_s, metrics))

    def components(self) -> dict[str, Any]:
        """The schemas of what is sent here, for the OpenAPI document."""
        return dict(self.callbacks.json_schemas(SCHEMAS)[1])
