"""A trace as events for rules."""

from dataclasses import replace
from typing import Any

from correlator import semconv
from correlator.correlate.assemble import assemble
from correlator.explain.pattern import events_of
from correlator.explain.pattern.event import PatternEvent
from correlator.model.span import LogRecord, Span
from tests.unit.explain.conftest import MS, T0, TRACE_ID, make_log, make_span, make_story


def events_in(spans: list[Span], logs: list[LogRecord] | None = None) -> list[PatternEvent]:
    return sorted(events_of(assemble(TRACE_ID, spans, logs or [])), key=lambda each: each.time_unix_nano)


def kinds(event: PatternEvent) -> set[str]:
    return {kind for telling in event.tellings for kind in telling.kinds}


def test_each_failing_span_is_one_event() -> None:
    """With all that is told of it; the producer that did its part is none."""
    found = {(each.system, each.operation): kinds(each) for each in events_in(make_story())}
    assert found == {
        ("worker", "invoice.render"): {"exception", "status"},
        ("bridge", "POST /jobs/fail"): {"exception", "http", "status"},
        ("n8n", "Call Bridge"): {"exception", "status"},
        ("n8n", "lab-bridge-500"): {"exception", "status"},
    }


def test_an_error_log_in_a_failing_span_is_part_of_its_event() -> None:
    """One failure, told twice; one that belongs to no span is its own."""
    logs = [make_log("worker", "invoice failed", of="job"), make_log("cron", "no space left")]
    found = events_in(make_story(), logs)
    assert [each.service_name for each in found].count("worker") == 1
    assert [kinds(each) for each in found if each.service_name == "cron"] == [{"log"}]


def test_a_refused_connection_names_its_dependency() -> None:
    """As the call's span does."""
    call = make_span(
        "call", "worker", "connect", error="ConnectionRefusedError: [Errno 111] Connection refused",
        kind=semconv.KIND_CLIENT, attributes={semconv.SERVER_ADDRESS: "db.internal"},
    )  # fmt: skip
    (event,) = events_in([call])
    assert event.dependency == "db.internal"
    assert "dependency" in kinds(event)


def test_a_servers_own_503_is_no_lost_connection() -> None:
    """Though its phrase is Service Unavailable."""
    (event,) = events_in([_server("api", 503)])
    assert kinds(event) == {"http"}
    assert event.status_code == 503


def test_a_504_is_a_timeout() -> None:
    """By its number."""
    assert kinds(events_in([_server("api", 504)])[0]) == {"http", "timeout"}


def test_work_that_ended_well_is_a_success() -> None:
    """Of servers, consumers and n8n's workflows; of no inner span."""
    workflow = make_span("flow", "n8n", "order", attributes={semconv.N8N_EXECUTION_STATUS: "success"})
    waiting = make_span("wait", "n8n", "order", attributes={semconv.N8N_EXECUTION_STATUS: "waiting"})
    job = make_span("job", "worker", "process", kind=semconv.KIND_CONSUMER)
    found = events_in([workflow, waiting, job, _server("api", 200), make_span("inner", "worker", "render")])
    assert sorted((each.system, *kinds(each)) for each in found) == [
        ("bridge", "success"), ("n8n", "success"), ("worker", "success"),
    ]  # fmt: skip


def test_a_warn_log_is_a_warning() -> None:
    """An INFO one says nothing."""
    warning = replace(make_log("worker", "memory pressure"), severity_number=semconv.SEVERITY_WARN, is_error=False)
    fyi = replace(warning, severity_number=9)
    assert [kinds(each) for each in events_in([], [warning, fyi])] == [{"warning"}]


def test_another_version_of_a_service_is_a_deploy() -> None:
    """Where it begins; the first one is none."""
    spans = [_versioned("a", 0, "1.4.0"), _versioned("b", 10, "1.4.0"), _versioned("c", 20, "1.5.0")]
    (event,) = events_in(spans)
    assert (event.tellings[0].message, event.time_unix_nano) == ("1.4.0 -> 1.5.0", T0 + 20 * MS)


def test_a_job_tells_its_attempt() -> None:
    """As bind_job_context writes it."""
    attempt: dict[str, Any] = {semconv.JOB_ATTEMPT: 3}
    (event,) = events_in([make_span("job", "worker", "process", error="RelayDenied: no", attributes=attempt)])
    assert event.attempt == 3


def test_a_crash_of_n8n_can_be_told_from_an_error() -> None:
    """n8n gives no message for either."""
    crashed = make_span("flow", "n8n", "order", attributes={semconv.N8N_EXECUTION_STATUS: "crashed"})
    (event,) = events_in([crashed])
    assert [(each.kinds, each.message) for each in event.tellings] == [(("n8n",), "execution crashed")]


def _server(name: str, status: int) -> Span:
    attributes = {semconv.HTTP_RESPONSE_STATUS_CODE: status}
    return make_span(name, "bridge", "POST", kind=semconv.KIND_SERVER, attributes=attributes)


def _versioned(name: str, at: float, version: str) -> Span:
    return replace(
        make_span(name, "bridge", "step", at=(at, at + 5)), resource_attributes={semconv.SERVICE_VERSION: version}
    )
