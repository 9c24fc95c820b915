"""The ways to tell of an error, and which of them is told first."""

from dataclasses import replace

import pytest

from correlator import semconv
from correlator.correlate.assemble import assemble
from correlator.correlate.error_events import error_events
from correlator.model.error_chain import ErrorEvent
from correlator.model.span import LogRecord, Span
from tests.unit.correlate.story import TRACE_ID, log, node, span, span_id, workflow


def _events(*records: Span | LogRecord) -> tuple[ErrorEvent, ...]:
    spans = [record for record in records if isinstance(record, Span)]
    return error_events(assemble(TRACE_ID, spans, [record for record in records if isinstance(record, LogRecord)]))


@pytest.mark.parametrize(
    ("failing", "source", "error_type", "message"),
    [
        (span("s", "bridge", raised=("ValueError", "no address")), "exception", "ValueError", "no address"),
        (span("s", "bridge", status=2, message="disk full"), "status", "", "disk full"),
        (span("s", "bridge", status=2, attributes={"error.type": "KeyError"}), "status", "KeyError", ""),
        (
            span("s", "bridge", kind=2, attributes={"http.response.status_code": 503}),
            "http",
            "HTTP 503",
            "Service Unavailable",
        ),
        (span("s", "bridge", kind=3, attributes={"http.status_code": 404}), "http", "HTTP 404", "Not Found"),
        (span("s", "bridge", kind=2, attributes={"http.response.status_code": 599}), "http", "HTTP 599", ""),
        (span("s", "bridge", kind=3, attributes={"rpc.grpc.status_code": 14}), "grpc", "UNAVAILABLE", ""),
        (span("s", "bridge", kind=3, attributes={"rpc.grpc.status_code": 99}), "grpc", "gRPC 99", ""),
        (
            span("s", "n8n", attributes={"n8n.execution.status": "crashed", "n8n.execution.error_type": "OOM"}),
            "n8n",
            "OOM",
            "",
        ),
    ],
)
def test_each_way_to_tell_of_an_error_is_read(failing: Span, source: str, error_type: str, message: str) -> None:
    """Exception event, status, HTTP, gRPC, n8n's outcome."""
    event = _events(failing)[0]
    assert (event.source, event.error_type, event.message) == (source, error_type, message)
    assert (event.span_id, event.service_name) == (failing.span_id, failing.service_name)


def test_of_one_span_the_best_told_error_comes_first() -> None:
    """An exception that names a reason, then the log, then what only has a status; all are there."""
    failing = span(
        "s",
        "bridge",
        kind=semconv.KIND_SERVER,
        raised=("HTTPException", "Bad Gateway"),
        attributes={semconv.HTTP_RESPONSE_STATUS_CODE: 502},
    )
    sources = [event.source for event in _events(failing, log("job 17 failed: disk full", "bridge", on="s"))]
    assert sources == ["log", "exception", "http", "status"]


def test_an_exception_happened_when_it_was_recorded_a_status_when_the_span_ended() -> None:
    """On the sender's own clock."""
    failing = span("s", "bridge", end=40, raised=("ValueError", "no address"))
    assert [event.time_unix_nano for event in _events(failing)] == [
        failing.events[0].time_unix_nano,
        failing.end_time_unix_nano,
    ]


@pytest.mark.parametrize(
    ("failing", "operation"),
    [
        (node("Call Bridge", fails=True), "Call Bridge"),
        (workflow("Send invoice", "error"), "Send invoice"),
        (
            span(
                "s",
                "bridge",
                kind=2,
                status=2,
                name="x",
                attributes={"http.request.method": "POST", "http.route": "/jobs/{id}"},
            ),
            "POST /jobs/{id}",
        ),
        (span("s", "bridge", kind=2, status=2, name="POST", attributes={"http.request.method": "POST"}), "POST"),
        (span("s", "worker", kind=5, status=2, name="process invoices"), "process invoices"),
    ],
)
def test_operations_are_named_as_their_system_does(failing: Span, operation: str) -> None:
    """n8n's nodes and workflows by name, servers by method and route, all else by the span's name."""
    assert {event.operation for event in _events(failing)} == {operation}


def test_a_cancelled_node_tells_of_no_error() -> None:
    """Its status is ERROR, but somebody wanted it so."""
    cancelled = {semconv.N8N_NODE_TERMINATION_REASON: semconv.N8N_WORKFLOW_CANCELLED}
    assert _events(span("s", "n8n", status=2, attributes=cancelled)) == ()


def test_a_span_that_says_it_is_well_tells_of_no_error_though_an_exception_was_recorded() -> None:
    """It was handled."""
    recorded = span("s", "bridge", raised=("ValueError", "no address"))
    assert _events(replace(span("s", "bridge", status=semconv.STATUS_OK), events=recorded.events)) == ()


def test_an_exception_in_a_logs_attributes_tells_better_than_its_body() -> None:
    """As OpenTelemetry and ECS both write it."""
    otel = {"exception.type": "OSError", "exception.message": "disk full", "exception.stacktrace": "Traceback"}
    ecs = {"error.type": "OSError", "error.message": "disk full", "error.stack_trace": "Traceback"}
    for attributes in (otel, ecs):
        (event,) = _events(log("Job failed", "worker", attributes=attributes))
        assert (event.error_type, event.message, event.stacktrace) == ("OSError", "disk full", "Traceback")


def test_a_log_without_a_span_belongs_to_the_innermost_of_its_service_at_that_time() -> None:
    """A failing one before others; another service's never."""
    spans = [
        span("outer", "worker", end=100, status=2),
        span("inner", "worker", parent="outer", start=20, end=90),
        span("elsewhere", "bridge", end=100, status=2),
    ]
    events = _events(*spans, log("disk full", "worker", at=50))
    assert [event.span_id for event in events if event.source == "log"] == [span_id("outer")]


def test_a_log_that_belongs_to_no_span_comes_last() -> None:
    """Its service sent no span, or none that ran then: the error is told all the same."""
    events = _events(
        span("s", "bridge", status=2), log("disk full", "worker", attributes={"correlator.action": "save"})
    )
    assert [(event.source, event.span_id, event.operation) for event in events] == [
        ("status", span_id("s"), "s"),
        ("log", None, "save"),
    ]


def test_warnings_are_no_errors() -> None:
    """Severity decides, not the words."""
    assert _events(log("error error error", "worker", severity=semconv.SEVERITY_WARN)) == ()
