"""Whole processes that call `instrument`, and a small OTLP receiver that parses what they send with protobuf."""

import json
import subprocess
import sys
import textwrap
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2 as logs
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2_grpc as logs_grpc
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2 as metrics
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2_grpc as metrics_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as traces
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc as traces_grpc

REQUESTS: dict[str, Any] = {
    "traces": traces.ExportTraceServiceRequest,
    "logs": logs.ExportLogsServiceRequest,
    "metrics": metrics.ExportMetricsServiceRequest,
}
PREAMBLE = """
import logging, os, sys, time
from correlator.telemetry import *
pace = Pace(spans_s=0.05, logs_s=0.05, metrics_s=0.2)
"""


class Inbox:
    """What a receiver took in, and how it answers: after `delay_s`; to the first `refusals` requests with 503, then with 200."""

    def __init__(self) -> None:
        self.endpoint = ""
        self.refusals = 0
        self.delay_s = 0.0
        self.headers: list[dict[str, str]] = []
        self.requests: dict[str, list[Any]] = defaultdict(list)

    def spans(self) -> list[tuple[dict[str, str], Any]]:
        """All spans, each with its resource's attributes."""
        return [
            (attributes_of(resource.resource), span)
            for request in self.requests["traces"]
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def records(self) -> list[tuple[dict[str, str], Any]]:
        """All log records, each with its resource's attributes."""
        return [
            (attributes_of(resource.resource), record)
            for request in self.requests["logs"]
            for resource in request.resource_logs
            for scope in resource.scope_logs
            for record in scope.log_records
        ]

    def metric_names(self) -> set[str]:
        """The names of all metrics."""
        return {
            metric.name
            for request in self.requests["metrics"]
            for resource in request.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }


def attributes_of(holder: Any) -> dict[str, str]:
    """Attributes with text values."""
    return {pair.key: pair.value.string_value for pair in holder.attributes}


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """A receiver on a free port."""
    box = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            time.sleep(box.delay_s)
            box.refusals, status = max(0, box.refusals - 1), 503 if box.refusals else 200
            if status == 200:
                signal = self.path.removeprefix("/v1/")
                box.headers.append(dict(self.headers))
                box.requests[signal].append(REQUESTS[signal].FromString(body))
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Silent."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: Any) -> None:
            """A client that gave up is part of the tests."""

    server = Server(("127.0.0.1", 0), Handler)
    box.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield box
    server.shutdown()
    thread.join()
    server.server_close()


def run(endpoint: str, program: str, *arguments: str) -> list[Any]:
    """Run `program` in a process of its own, warnings as errors; return the JSON lines that it printed."""
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", PREAMBLE + textwrap.dedent(program), *arguments],
        capture_output=True,
        text=True,
        timeout=150,
        env={"PATH": "/usr/bin:/bin", "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint},
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    return [json.loads(line) for line in result.stdout.splitlines()]


ALL_SIGNALS = """
telemetry = instrument("orders-bridge", "bridge", service_version="1.2", pace=pace, headers={"x-scope-orgid": "acme"},
                       resource_attributes={"deployment.environment.name": "test"}, protocol=sys.argv[1])
telemetry.meter.create_counter("orders").add(1)
with telemetry.tracer.start_as_current_span("place-order"):
    get_logger("orders").warning("order_rejected", reason="no_stock", password="hunter2")
    try:
        raise ConnectionError("stock service refused")
    except ConnectionError:
        logging.getLogger("library").exception("call failed")
"""


def assert_all_signals(inbox: Inbox) -> None:
    """What ALL_SIGNALS does, whole, under one resource."""
    ((resource, span),) = inbox.spans()
    assert resource["service.name"] == "orders-bridge"
    assert resource["correlator.system"] == "bridge"
    assert resource["service.version"] == "1.2"
    assert resource["deployment.environment.name"] == "test"
    (ours, first), (theirs, second) = inbox.records()
    assert ours == theirs == resource
    assert first.trace_id == second.trace_id == span.trace_id
    assert first.span_id == second.span_id == span.span_id
    assert (first.body.string_value, first.severity_text, first.severity_number) == ("order_rejected", "WARN", 13)
    assert attributes_of(first) == {
        "reason": "no_stock",
        "password": "[redacted]",
        "correlator.component": "orders",
        "correlator.action": "order_rejected",
    }
    assert attributes_of(second)["exception.type"] == "ConnectionError"
    assert attributes_of(second)["exception.message"] == "stock service refused"
    assert "orders" in inbox.metric_names()


def test_one_call_sends_traces_logs_and_metrics_over_http(inbox: Inbox) -> None:
    """Nothing but the end of the program is needed to flush; stdout has the same records as JSON lines."""
    lines = run(inbox.endpoint, ALL_SIGNALS, "http/protobuf")
    assert_all_signals(inbox)
    assert [line["message"] for line in lines] == ["order_rejected", "call failed"]
    assert lines[0]["trace.id"] == inbox.spans()[0][1].trace_id.hex()
    assert {headers["x-scope-orgid"] for headers in inbox.headers} == {"acme"}


def test_one_call_sends_traces_logs_and_metrics_over_grpc() -> None:
    """The same through the extra exporter."""
    inbox = Inbox()

    class Service(traces_grpc.TraceServiceServicer, logs_grpc.LogsServiceServicer, metrics_grpc.MetricsServiceServicer):
        def Export(self, request: Any, context: Any) -> Any:  # noqa: N802, the protocol's name
            (signal,) = [name for name, kind in REQUESTS.items() if isinstance(request, kind)]
            inbox.requests[signal].append(request)
            inbox.headers.append(dict(context.invocation_metadata()))
            return {
                "traces": traces.ExportTraceServiceResponse,
                "logs": logs.ExportLogsServiceResponse,
                "metrics": metrics.ExportMetricsServiceResponse,
            }[signal]()

    server = grpc.server(ThreadPoolExecutor(3))
    traces_grpc.add_TraceServiceServicer_to_server(Service(), server)
    logs_grpc.add_LogsServiceServicer_to_server(Service(), server)
    metrics_grpc.add_MetricsServiceServicer_to_server(Service(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        run(f"http://127.0.0.1:{port}", ALL_SIGNALS, "grpc")
    finally:
        server.stop(0).wait()
    assert_all_signals(inbox)
    assert {headers["x-scope-orgid"] for headers in inbox.headers} == {"acme"}


def test_forked_workers_send_their_own_spans_and_the_parent_s_once(inbox: Inbox) -> None:
    """A job's process may end without notice (os._exit): its span is sent when the job ends."""
    run(
        inbox.endpoint,
        """
        telemetry = instrument("mailer", "worker", pace=pace, logs_to=None)
        counter = telemetry.meter.create_counter("jobs")
        with publish_job("mail", "j-0"):
            metadata = {}
            inject_job_context(metadata)
        telemetry.flush()                       # connections are open now, as in a parent that has worked
        with telemetry.tracer.start_as_current_span("still queued in the parent"): pass
        children = []
        for number in range(3):
            child = os.fork()
            if not child:
                counter.add(1)
                with bind_job_context(metadata, queue_name="mail", job_id=str(number)):
                    get_logger("outbox").info("mail_sent")
                os._exit(0)
            children.append(child)
        assert all(os.waitpid(child, 0)[1] == 0 for child in children)
        """,
    )
    names = sorted(span.name for _, span in inbox.spans())
    assert names == ["process mail"] * 3 + ["send mail", "still queued in the parent"]
    assert len({span.span_id for _, span in inbox.spans()}) == 5
    assert len(inbox.records()) == 3
    instances = {resource["service.instance.id"] for resource, _ in inbox.spans()}
    assert len(instances) == 4


def test_huey_s_worker_processes_send_their_spans(inbox: Inbox, tmp_path: Any) -> None:
    """A real queue that forks its workers."""
    run(
        inbox.endpoint,
        """
        from huey import SqliteHuey
        from huey.consumer import Consumer
        instrument("mailer", "worker", pace=pace, logs_to=None)
        huey = SqliteHuey("mail", filename=sys.argv[1])

        @huey.task(context=True)
        def send_mail(metadata, task=None):
            with bind_job_context(metadata, queue_name="mail", job_id=task.id, messaging_system="huey"):
                return os.getpid()

        with publish_job("mail", "j-1", messaging_system="huey"):
            metadata = {}
            inject_job_context(metadata)
            result = send_mail(metadata)
        consumer = Consumer(huey, workers=1, worker_type="process", initial_delay=0.01, max_delay=0.05, periodic=False)
        consumer.start()
        assert result.get(blocking=True, timeout=60) != os.getpid()
        consumer.stop(graceful=True)
        """,
        str(tmp_path / "queue.db"),
    )
    spans = {span.name: span for _, span in inbox.spans()}
    assert spans["process mail"].parent_span_id == spans["send mail"].span_id


def test_an_engine_that_is_down_costs_the_telemetry_and_nothing_else() -> None:
    """Said once a signal, counted whole, and the process ends in good time."""
    started = time.monotonic()
    *lines, lost = run(
        "http://127.0.0.1:9",
        """
        telemetry = instrument("orders-bridge", "bridge", pace=pace, log_level="WARNING")
        telemetry.meter.create_counter("orders").add(1)
        get_logger("orders").warning("order_rejected")
        for number in range(30):
            telemetry.tracer.start_span("s").end()
            time.sleep(0.01)
        telemetry.shutdown(timeout_s=2)
        import json; print(json.dumps(telemetry.lost))
        """,
    )
    assert time.monotonic() - started < 45
    assert sorted((line["message"], line["signal"]) for line in lines if "signal" in line) == [
        ("telemetry_export_failing", signal) for signal in ("logs", "metrics", "traces")
    ]
    assert (lost["traces"], lost["logs"]) == (30, 1)


def test_an_engine_that_hangs_holds_the_end_of_a_process_for_a_bounded_time(inbox: Inbox) -> None:
    """One request's timeout and the time given to the shutdown."""
    inbox.delay_s = 30
    (took,) = run(
        inbox.endpoint,
        """
        telemetry = instrument("orders-bridge", "bridge", pace=Pace(spans_s=0.05, export_timeout_s=1.0), logs_to=None)
        telemetry.tracer.start_span("s").end()
        time.sleep(0.2)
        get_logger("orders").warning("closing")
        started = time.monotonic()
        telemetry.shutdown(timeout_s=2)
        print(time.monotonic() - started)
        """,
    )
    assert float(took) < 10


def test_an_engine_that_refuses_for_a_while_gets_the_telemetry_after_it(inbox: Inbox) -> None:
    """503 is retried, within the export's timeout."""
    inbox.refusals = 2
    lines = run(
        inbox.endpoint,
        """
        telemetry = instrument("orders-bridge", "bridge", pace=Pace(spans_s=0.05, export_timeout_s=10.0))
        telemetry.tracer.start_span("s").end()
        assert telemetry.flush(timeout_s=60)
        """,
    )
    assert [span.name for _, span in inbox.spans()] == ["s"]
    assert (lines, inbox.refusals) == ([], 0)


def test_a_second_call_returns_the_handle_or_refuses_another_service(inbox: Inbox) -> None:
    """One process is one service."""
    assert run(
        inbox.endpoint,
        """
        from correlator.errors import SettingsError
        telemetry = instrument("orders-bridge", "bridge", pace=pace)
        assert instrument("orders-bridge", "bridge") is telemetry
        for name, system in (("other", "bridge"), ("orders-bridge", "worker"), ("orders-bridge", "brigde")):
            try:
                instrument(name, system)
            except SettingsError as error:
                print('"' + str(error).replace('"', "") + '"')
        telemetry.shutdown(); telemetry.shutdown()
        """,
    ) == [
        "this process is instrumented as 'orders-bridge' (bridge), not 'other' (bridge); call instrument() once in a process",
        "this process is instrumented as 'orders-bridge' (bridge), not 'orders-bridge' (worker); "
        "call instrument() once in a process",
        "system 'brigde' is unknown; choose one of n8n, bridge, worker, other",
    ]


def test_a_process_that_another_library_has_set_up_is_refused(inbox: Inbox) -> None:
    """Two providers would each hold half of the story."""
    (refusal,) = run(
        inbox.endpoint,
        """
        import json
        from correlator.errors import SettingsError
        from opentelemetry import trace
        from opentelemetry.sdk.trace import TracerProvider
        trace.set_tracer_provider(TracerProvider())
        try:
            instrument("orders-bridge", "bridge")
        except SettingsError as error:
            print(json.dumps(str(error)))
        """,
    )
    assert "already set up by opentelemetry.sdk.trace" in refusal
