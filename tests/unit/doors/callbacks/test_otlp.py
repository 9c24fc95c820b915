"""Callbacks as OTLP log records, through the real decoder."""

from typing import Any

from correlator import semconv
from correlator.correlate.systems import DEFAULT_RULES, system_of
from correlator.doors.callbacks.otlp import callback_request, timeout_request
from correlator.doors.otlp_decode import decode
from correlator.model.limits import Limits
from correlator.model.rows import logs_of
from correlator.model.span import LogRecord
from correlator.store.contract import Frame
from correlator.workflows.observation import of_callback
from correlator.workflows.status import observe
from tests.unit.doors.callbacks.recorded import NOW, S, error_trigger, error_triggers, read, read_recorded


def decoded(request: Any) -> LogRecord:
    frame = Frame("logs", "protobuf", NOW, request.SerializeToString())
    answer = decode(frame, Limits(), lambda resource, scope: system_of(resource, scope, DEFAULT_RULES))
    assert not answer.rejections
    (log,) = logs_of(answer.tables.logs)
    return log


def test_a_failure_is_an_error_record_with_its_exception_and_identity() -> None:
    """Of n8n, from a callback, joined to execution, workflow and the failed node's span."""
    callback = read_recorded(error_trigger("60"))
    log = decoded(callback_request(callback, NOW))
    assert (log.severity_number, log.is_error, log.service_name, log.system) == (17, True, "n8n", "n8n")
    assert log.resource_attributes[semconv.SOURCE] == semconv.FROM_N8N_CALLBACK
    assert (log.trace_id, log.span_id) == (callback.trace_id, callback.span_id)
    told = log.attributes
    assert told[semconv.N8N_EXECUTION_ID] == "60"
    assert told[semconv.N8N_WORKFLOW_ID] == "mWHNwsKvX7CMvQT6"
    assert told[semconv.EXCEPTION_TYPE] == "NodeApiError"
    assert told[semconv.EXCEPTION_MESSAGE] == "The service was not able to process your request: bridge exploded"
    assert told[semconv.HTTP_RESPONSE_STATUS_CODE] == 500
    assert told[semconv.LOG_RECORD_UID] == callback.uid
    assert log.body == (
        "execution 60 of workflow lab-bridge-500-retry failed: "
        "NodeApiError: The service was not able to process your request: bridge exploded"
    )


def test_every_recorded_error_trigger_becomes_one_record_within_the_limits() -> None:
    """None is rejected."""
    assert len([decoded(callback_request(read_recorded(each), NOW)) for each in error_triggers()]) == 22


def test_only_a_failure_is_an_error() -> None:
    """A stopped execution warns."""
    severities = {
        kind: decoded(callback_request(read({"kind": kind, "execution_id": 1}), NOW)).severity_number
        for kind in ("started", "progress", "completed", "failed")
    }
    assert severities == {"started": 9, "progress": 9, "completed": 9, "failed": 17}
    assert decoded(callback_request(read_recorded(error_trigger("76")), NOW)).severity_number == 13


def test_the_sender_is_who_the_callback_says() -> None:
    """By system, by service, by the rules over service names; unknown where it says nothing."""

    def sender(**said: str) -> tuple[str, str]:
        log = decoded(callback_request(read({"kind": "started", "execution_id": 1} | said), NOW))
        return log.service_name, log.system

    assert sender(system="bridge") == ("bridge", "bridge")
    assert sender(service="mail", system="worker") == ("mail", "worker")
    assert sender(service="invoice-worker") == ("invoice-worker", "worker")
    assert sender() == ("unknown_service", "other")


def test_a_timeout_is_the_same_record_whenever_it_is_made() -> None:
    """Its time is when the silence became too long."""
    status = observe(None, of_callback(read({"kind": "started", "execution_id": 1, "timestamp": NOW - 60 * S})))
    request = timeout_request(status, 30 * S)
    assert request == timeout_request(status, 30 * S)
    log = decoded(request)
    assert (log.time_unix_nano, log.is_error, log.system) == (NOW - 30 * S, True, "n8n")
    assert log.attributes[semconv.EXCEPTION_MESSAGE] == "timed out: nothing heard for 30 s after it was started"
