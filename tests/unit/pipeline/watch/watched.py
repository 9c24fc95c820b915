"""A memory store under watch, and failing requests in few words."""

import json
from typing import Any

from correlator import semconv
from correlator.correlate.systems import DEFAULT_RULES, system_of
from correlator.doors.otlp_decode import decode
from correlator.model.incident import Incident
from correlator.model.limits import Limits
from correlator.pipeline.stories.investigate import Investigator
from correlator.pipeline.watch.watch import Turn, Watch
from correlator.store.contract import Frame, IncidentQuery, Store
from correlator.store.memory import MemoryStore
from correlator.telemetry.metrics import EngineMetrics

S = 1_000_000_000
T0 = 1_795_234_000 * S
NO_REASON = ("NodeApiError", "The service was not able to process your request")
MISSING_FIELD = ("TemplateFieldMissing", "template 'invoice' needs field 'vat_id'")
NO_DISK = ("DiskFull", "no space left on volume data")


class Watched:
    """Store, watch and a clock that the test sets. Seconds count from T0."""

    def __init__(self, store: Store | None = None, **settings: Any) -> None:
        self.now_s = 0.0
        self.store = store or MemoryStore()
        self.metrics = EngineMetrics()
        self.settings: dict[str, Any] = {
            "threshold": 1, "window_s": 300, "quiet_s": 900, "settle_s": 2, "max_traces_per_turn": 200, "backlog": 1000,
        } | settings  # fmt: skip
        self.restart()

    def restart(self) -> None:
        """A new process on the same store."""
        self.watch = Watch(
            self.store,
            Investigator(self.store),
            self.metrics,
            clock_unix_nano=lambda: unix_nano(self.now_s),
            **self.settings,
        )

    def receive(self, *spans: dict[str, Any], service: str = "worker") -> None:
        """One request of a service arrives now."""
        scope_spans = [{"scope": {"name": "lab"}, "spans": list(spans)}]
        body = {
            "resourceSpans": [
                {"resource": {"attributes": attributes(**{"service.name": service})}, "scopeSpans": scope_spans}
            ]
        }
        self._append("traces", body)

    def receive_log(
        self, text: str, service: str = "worker", trace: int | None = None, on: int | None = None, **bag: str
    ) -> None:
        """One ERROR log of a service arrives now, `on` a span of the trace by its number if told."""
        record: dict[str, Any] = {
            "timeUnixNano": str(unix_nano(self.now_s)),
            "severityNumber": 17,
            "body": {"stringValue": text},
            "attributes": attributes(**bag),
        }
        if trace is not None:
            record["traceId"] = trace_id(trace)
        if on is not None:
            record["spanId"] = f"{on:016x}"
        resource = {"attributes": attributes(**{"service.name": service})}
        self._append("logs", {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [record]}]}]})

    def fail(self, trace: int, error: tuple[str, str] = MISSING_FIELD, workflow: str = "lab-bridge-500") -> None:
        """A whole failing story arrives now: n8n calls the bridge, the bridge the worker, which raises."""
        self.fail_n8n(trace, workflow)
        self.fail_worker(trace, error)

    def fail_n8n(self, trace: int, workflow: str = "lab-bridge-500") -> None:
        names = {semconv.N8N_WORKFLOW_NAME: workflow}
        node = {semconv.N8N_NODE_NAME: "Call Bridge", semconv.N8N_NODE_TYPE: "n8n-nodes-base.httpRequest"}
        self.receive(
            span(trace, 1, None, semconv.N8N_WORKFLOW_SPAN, self.now_s, NO_REASON, **names),
            span(trace, 2, 1, semconv.N8N_NODE_SPAN, self.now_s, NO_REASON, **node),
            service="n8n",
        )

    def fail_worker(self, trace: int, error: tuple[str, str] = MISSING_FIELD) -> None:
        self.receive(span(trace, 3, 2, "invoice.render", self.now_s - 0.5, error, kind=semconv.KIND_CONSUMER))

    def fail_n8n_alone(
        self, trace: int, execution: str, workflow: str = "lab-bridge-500", ended_s: float | None = None
    ) -> None:
        """n8n's side of an execution whose context does not reach the bridge arrives now: it says no reason."""
        end = self.now_s if ended_s is None else ended_s
        names = {semconv.N8N_WORKFLOW_NAME: workflow, semconv.N8N_WORKFLOW_ID: workflow}
        node = {semconv.N8N_NODE_NAME: "Call Bridge", semconv.N8N_NODE_TYPE: "n8n-nodes-base.httpRequest"}
        first = 16 * trace
        self.receive(
            span(trace, first, None, semconv.N8N_WORKFLOW_SPAN, end, NO_REASON, **names, **_of(execution)),
            span(trace, first + 1, first, semconv.N8N_NODE_SPAN, end - 0.1, NO_REASON, **node),
            service="n8n",
        )

    def fail_bridge_alone(
        self, trace: int, execution: str, error: tuple[str, str] = MISSING_FIELD, ended_s: float | None = None
    ) -> None:
        """The bridge's side arrives now, as a trace of its own that names the execution; its worker raises."""
        end = self.now_s if ended_s is None else ended_s
        first, bag = 16 * trace + 4, {**_of(execution), semconv.HTTP_RESPONSE_STATUS_CODE: 500}
        self.receive(
            span(trace, first, None, "POST /render", end - 0.2, kind=semconv.KIND_SERVER, **bag),
            service="bridge",
        )
        self.receive(span(trace, first + 1, first, "invoice.render", end - 0.3, error, semconv.KIND_CONSUMER))

    def turn_at(self, now_s: float) -> Turn:
        self.now_s = now_s
        return self.watch.turn()

    def incidents(self) -> list[Incident]:
        """By opening, the oldest first."""
        return list(reversed(self.store.incidents(IncidentQuery()).incidents))

    def metric(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(f"correlator_{name}", labels) or 0.0

    def _append(self, signal: str, body: dict[str, Any]) -> None:
        frame = Frame(signal, "json", unix_nano(self.now_s), json.dumps(body).encode())
        self.store.append(frame, decode(frame, Limits(), system).tables).result()


def _of(execution: str) -> dict[str, str]:
    return {semconv.N8N_EXECUTION_ID: execution}


def unix_nano(seconds: float) -> int:
    return T0 + int(seconds * S)


def trace_id(trace: int) -> str:
    return f"{trace:032x}"


def span(
    trace: int,
    number: int,
    parent: int | None,
    name: str,
    end_s: float,
    error: tuple[str, str] | None = None,
    kind: int = semconv.KIND_INTERNAL,
    **bag: str | int,
) -> dict[str, Any]:
    """An OTLP/JSON span that ends at `end_s`, within its parent; `number` and `parent` count within the trace."""
    end = unix_nano(end_s)
    told: dict[str, Any] = {}
    if error is not None:
        event = attributes(**{semconv.EXCEPTION_TYPE: error[0], semconv.EXCEPTION_MESSAGE: error[1]})
        told = {
            "status": {"code": semconv.STATUS_ERROR},
            "events": [{"timeUnixNano": str(end), "name": "exception", "attributes": event}],
        }
    return {
        "traceId": trace_id(trace),
        "spanId": f"{number:016x}",
        "parentSpanId": "" if parent is None else f"{parent:016x}",
        "name": name,
        "kind": kind,
        "startTimeUnixNano": str(end - S * 10 // (number % 16 + 1)),
        "endTimeUnixNano": str(end),
        "attributes": attributes(**bag),
        **told,
    }


def attributes(**values: str | int) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in values.items()]


def _value(value: str | int) -> dict[str, Any]:
    return {"stringValue": value} if isinstance(value, str) else {"intValue": str(value)}


def system(resource_attributes: Any, scope_name: str) -> str:
    return system_of(resource_attributes, scope_name, DEFAULT_RULES)
