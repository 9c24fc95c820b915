"""The reconciler on a memory store, in front of an n8n that the test moves."""

from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

from correlator import semconv
from correlator.correlate.systems import DEFAULT_RULES, system_of
from correlator.doors.n8n_rest.client import N8nClient
from correlator.doors.n8n_rest.ledger import KeptFile, Ledger
from correlator.doors.n8n_rest.poller import Poller, Schedule
from correlator.doors.n8n_rest.translate import Instance
from correlator.doors.otlp_decode import decode
from correlator.doors.otlp_values import Value, attributes
from correlator.errors import Unavailable
from correlator.model.execution import ExecutionState
from correlator.model.limits import Limits
from correlator.model.rows import logs_of, spans_of
from correlator.model.span import LogRecord, Span
from correlator.pipeline.record import Receipt, Recorder
from correlator.store.contract import Frame
from correlator.store.memory import MemoryStore
from correlator.telemetry.metrics import EngineMetrics
from tests.unit.doors.n8n_rest.fake_n8n import KEY, FakeN8n, S
from tests.unit.doors.n8n_rest.recorded import requests_of, spans

T0: Final = 1_795_234_000.0
"""Unix time in seconds; the tests count from here."""


def decode_frame(frame: Frame) -> tuple[Any, Any]:
    decoded = decode(frame, Limits(), lambda sender, scope: system_of(sender, scope, DEFAULT_RULES))
    return decoded.tables, decoded.rejections


class Lab:
    """n8n, engine and clock. `restart` gives the engine a new life on its store and ledger."""

    def __init__(self, n8n: FakeN8n, folder: Path) -> None:
        self.n8n = n8n
        self.payloads = True
        self.now_s = T0
        self.folder = folder
        self.store = MemoryStore()
        self.heard: list[ExecutionState] = []
        self.sent: list[tuple[str, bytes]] = []
        self.full = False
        self._made: list[N8nClient] = []
        self._recorder = Recorder(self.store, decode_frame, EngineMetrics(), max_bytes_in_flight=2**26)
        self.restart()

    def restart(self) -> None:
        self.metrics = EngineMetrics()
        self._made.append(N8nClient(self.n8n.url, lambda: KEY, timeout_s=20.0, requests_per_second=10_000.0))
        self.poller = Poller(
            self._made[-1],
            self.store,
            self._submit,
            Ledger(KeptFile(self.folder / "n8n_rest.json")),
            self.metrics,
            Instance("http://n8n.test", payloads=self.payloads),
            Schedule(interval_s=10.0, lookback_s=3_600.0, grace_s=15.0),
            on_execution=self.heard.append,
            clock_unix_nano=lambda: round(self.now_s * S),
        )

    def close(self) -> None:
        for client in self._made:
            client.close()
        self._recorder.close()

    def turn(self, after_s: float = 0.0) -> float:
        self.now_s += after_s
        return self.poller.turn()

    def told(self) -> dict[str, Span]:
        """Execution id to its workflow span in the store."""
        told = spans_of(self.store.scan("traces", 0, 2**62, tuple(self.store._all().spans.column_names)))
        return {
            span.attributes[semconv.N8N_EXECUTION_ID]: span for span in told if span.name == semconv.N8N_WORKFLOW_SPAN
        }

    def logs(self) -> list[LogRecord]:
        return logs_of(self.store._all().logs)

    def push(self, document: dict[str, Any]) -> None:
        """n8n's own spans of an execution arrive: the same ones, without the reconciler's name."""
        body = requests_of(document).traces
        assert body is not None
        own = body.replace(b"correlator.source", b"n8n.instance.name")
        self._recorder.submit(own, "traces", "protobuf").result(30)

    def serve(self, document: dict[str, Any], trace_id: str = "", **values: Value) -> Span:
        """The bridge's span of the call that an execution's HTTP Request node made: below it, unless it is in another trace.

        Returns the node's span, as n8n tells it.
        """
        node = next(span for span in spans(document) if span.attributes.get(semconv.N8N_NODE_NAME) == "Call Bridge")
        server = OtlpSpan(
            trace_id=bytes.fromhex(trace_id or node.trace_id),
            span_id=bytes.fromhex(node.span_id)[::-1],
            parent_span_id=b"" if trace_id else bytes.fromhex(node.span_id),
            name="POST",
            kind=OtlpSpan.SPAN_KIND_SERVER,
            start_time_unix_nano=node.start_time_unix_nano + 1_000_000,
            end_time_unix_nano=node.end_time_unix_nano,
            attributes=attributes(values),
        )
        sender = Resource(attributes=attributes({semconv.SERVICE_NAME: "bridge"}))
        sent = ResourceSpans(resource=sender, scope_spans=[ScopeSpans(spans=[server])])
        body = ExportTraceServiceRequest(resource_spans=[sent]).SerializeToString()
        self._recorder.submit(body, "traces", "protobuf").result(30)
        return node

    def count(self, outcome: str) -> float:
        return self.metrics.registry.get_sample_value("correlator_n8n_executions_total", {"outcome": outcome}) or 0.0

    def _submit(self, body: bytes, signal: str, encoding: str) -> "Future[Receipt]":
        if self.full:
            raise Unavailable("no room")
        self.sent.append((signal, body))
        return self._recorder.submit(body, signal, encoding)
