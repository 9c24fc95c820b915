"""The engine's events: what is published, and counted."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from correlator.model.incident import Incident
from correlator.pipeline.slo.alerts import AlertChange
from correlator.telemetry.metrics import EngineMetrics
from correlator.workflows.event_bus import EventBus
from correlator.workflows.topics import incident_topic, slo_topic

Publish = Callable[[str, Mapping[str, Any]], None]
"""Topic and data; returns at once."""


class Events:
    """Publishes to one bus, from any thread. `history` is how many events it keeps."""

    def __init__(self, history: int, metrics: EngineMetrics, clock_unix_nano: Callable[[], int] = time.time_ns) -> None:
        self.bus = EventBus(history, clock_unix_nano())
        self._metrics = metrics
        self._clock = clock_unix_nano
        metrics.event_subscribers.set_function(lambda: self.bus.subscribers)

    def publish(self, topic: str, data: Mapping[str, Any]) -> None:
        """Number it, keep it, wake who wants it."""
        self.bus.publish(topic, data, self._clock())
        self._metrics.events.labels(topic.partition(".")[0]).inc()

    def publish_incident(self, kind: str, incident: Incident) -> None:
        """`kind` is opened | resolved."""
        told = {
            "key": incident.key,
            "state": incident.state,
            "severity": incident.severity,
            "title": incident.title,
            "failures": incident.failures,
            "services": list(incident.services),
            "workflows": list(incident.workflows),
            "trace_ids": list(incident.trace_ids),
        }
        self.publish(incident_topic(incident.key, kind), told)

    def publish_alert(self, change: AlertChange) -> None:
        """A page or ticket of an objective began or ended."""
        objective = change.objective
        told = {
            "objective_id": objective.id,
            "service": objective.service,
            "title": objective.title,
            "severity": change.severity,
            "is_inhibited": change.is_inhibited,
            "message": f"{change.severity} {change.kind}: {change.reason}",
        }
        self.publish(slo_topic(objective.id, change.kind), told)
