"""Callbacks as they are sent, and what is wrong with those that are refused."""

from datetime import UTC, datetime
from typing import Any

import pytest

from correlator.errors import InvalidInput
from tests.unit.doors.callbacks.recorded import NOW, S, error_trigger, error_triggers, read, read_recorded

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE_ID}-00f067aa0ba902b7-01"
FAILED = {"kind": "failed", "execution_id": "7", "error": {"type": "ValueError", "message": "no such currency"}}


def rfc3339(unix_nano: int) -> str:
    return datetime.fromtimestamp(unix_nano / S, UTC).isoformat()


def test_every_recorded_error_trigger_is_read() -> None:
    """All 22 that a real n8n sent, each with its execution, workflow and the failed run's trace."""
    callbacks = [read_recorded(each) for each in error_triggers()]
    assert len(callbacks) == 22
    assert {each.execution_id for each in callbacks} == {each["body"]["execution"]["id"] for each in error_triggers()}
    assert all(len(each.trace_id) == 32 and each.error is not None for each in callbacks)
    assert len({each.uid for each in callbacks}) == 22


def test_an_error_trigger_tells_the_upstream_reason_node_and_status() -> None:
    """n8n's own message is generic; its description is what the bridge answered."""
    callback = read_recorded(error_trigger("60"))
    assert callback.error is not None
    assert (callback.error.type, callback.error.message) == (
        "NodeApiError",
        "The service was not able to process your request: bridge exploded",
    )
    assert (callback.error.node_name, callback.error.http_status) == ("Call Bridge", 500)
    assert callback.error.upstream.startswith('500 - "{')
    assert callback.workflow_name == "lab-bridge-500-retry"


def test_the_failed_nodes_span_is_the_one_whose_call_failed() -> None:
    """Of the request's headers that is all that is read."""
    request = error_trigger("60")
    callback = read_recorded(request)
    headers = request["body"]["execution"]["error"]["context"]["request"]["headers"]
    assert f"00-{callback.trace_id}-{callback.span_id}-01" == headers["traceparent"]
    assert callback.trace_id in request["headers"]["traceparent"]


def test_a_retry_names_what_it_retries() -> None:
    """It has an execution id of its own."""
    assert read_recorded(error_trigger("80")).retry_of == "60"


def test_a_stopped_execution_is_canceled_not_failed() -> None:
    """n8n runs the Error Trigger for it all the same."""
    assert read_recorded(error_trigger("76")).kind == "canceled"
    assert read_recorded(error_trigger("77")).kind == "failed"  # crashed


def test_nothing_of_the_failed_request_is_kept_but_its_span() -> None:
    """Not its body, its headers, its parameters."""
    kept = repr(read_recorded(error_trigger("60")))
    for private in ("x-n8n-execution-id", "jsonBody", "accept", "gzip", "sendHeaders", "establishedAt"):
        assert private not in kept


def test_a_trigger_that_failed_before_any_execution_is_kept() -> None:
    """Then n8n gives `trigger` in place of `execution`; two such failures are two."""
    body = {
        "workflow": {"id": "w1", "name": "poll"},
        "trigger": {"error": {"message": "cannot poll"}, "mode": "trigger"},
    }
    first, second = read(body), read(body, now=NOW + 1)
    assert (first.execution_id, first.mode, first.kind) == ("", "trigger", "failed")
    assert first.error is not None
    assert first.error.message == "cannot poll"
    assert first.uid != second.uid


@pytest.mark.parametrize("odd", ["text", None, 7, [], {"message": 7, "node": "x", "messages": "y", "httpCode": []}])
def test_an_odd_error_object_loses_no_callback(odd: Any) -> None:
    """n8n sends it once."""
    assert read({"workflow": {"id": "w1"}, "execution": {"id": "5", "error": odd}}).kind == "failed"


def test_an_error_triggers_odd_time_is_replaced_by_arrival() -> None:
    """Unlike that of the four kinds, whose senders can mend it."""
    body = {"workflow": {"id": "w1"}, "execution": {"id": "5", "error": {"timestamp": 1}}}
    assert read(body).time_unix_nano == NOW


def test_each_kind_is_read_with_its_fields() -> None:
    """The four of them."""
    body = {
        "kind": "progress", "execution_id": 7, "timestamp": rfc3339(NOW - S), "trace_id": TRACE_ID.upper(), "job_id": "j",
        "correlation_id": "c", "progress": 0.5, "message": "half", "result": {"rows": [1, 2, 3]}, "system": "worker",
        "service": "invoice-worker", "workflow_id": "w1",
    }  # fmt: skip
    callback = read(body)
    assert (callback.execution_id, callback.time_unix_nano, callback.trace_id) == ("7", NOW - S, TRACE_ID)
    assert (callback.job_id, callback.correlation_id, callback.progress, callback.message) == ("j", "c", 0.5, "half")
    assert (callback.system, callback.service_name, len(callback.result_hash)) == ("worker", "invoice-worker", 16)
    assert {read(body | {"kind": kind}).kind for kind in ("started", "progress", "completed", "failed")} == {
        "started", "progress", "completed", "failed",
    }  # fmt: skip


def test_the_bodys_trace_goes_over_the_headers() -> None:
    """A malformed header counts as absent."""
    other = "f" * 32
    assert read(FAILED, traceparent=TRACEPARENT).trace_id == TRACE_ID
    assert read(FAILED | {"trace_id": other}, traceparent=TRACEPARENT).trace_id == other
    assert read(FAILED, traceparent="00-0-0-01").trace_id == ""


def test_a_callback_sent_again_has_the_same_uid_however_it_is_written() -> None:
    """Another order of keys, another time of arrival; another content has another."""
    again = dict(reversed(FAILED.items())) | {"workflow_id": "w1"}
    assert read(FAILED).uid == read(again, now=NOW + S).uid
    assert read(FAILED).uid != read(FAILED | {"message": "x"}).uid
    assert read(FAILED).uid != read(FAILED, workflow_id="w2").uid


def test_a_clock_slightly_ahead_is_set_back_to_arrival() -> None:
    """No callback is later than its arrival."""
    assert read(FAILED | {"timestamp": NOW + 30 * S}).time_unix_nano == NOW


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"kind": "finished"}, "'finished' is none of started, progress, completed, failed"),
        ({"kind": ["failed"]}, "is none of"),
        ({"execution_id": ""}, "execution_id"),
        ({"execution_id": "a b"}, "execution_id"),
        ({"execution_id": None}, "execution_id"),
        ({"execution_id": "7\n"}, "execution_id"),
        ({"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736\n"}, "trace_id"),
        ({"workflow_id": "w2"}, "path names workflow 'w1' and the body 'w2'"),
        ({"timestamp": "yesterday"}, "'yesterday' cannot be read"),
        ({"timestamp": "2026-11-21T12:00:00"}, "offset"),
        ({"timestamp": rfc3339(NOW + 601 * S)}, "601 s ahead of"),
        ({"timestamp": rfc3339(NOW - 8 * 86_400 * S)}, "limits.past_skew"),
        ({"timestamp": 1_795_234_400_000}, "before this engine's clock"),
        ({"trace_id": "0" * 32}, "trace_id"),
        ({"trace_id": "xyz"}, "trace_id"),
        ({"progress": 40}, "progress"),
        ({"error": "text"}, "error"),
        ({"system": "mainframe"}, "system"),
        ({"job_id": "j" * 300}, "job_id"),
    ],
)
def test_a_refusal_names_what_is_wrong(change: dict[str, Any], reason: str) -> None:
    """Subject, value, remedy."""
    with pytest.raises(InvalidInput, match=r".*") as refusal:
        read(FAILED | change)
    assert reason in str(refusal.value)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"x"', b"\xff", b'{"kind": "failed"}', b"{}", b"[" * 100_000, b'{"a":' * 100_000, b"NaN"],
)
def test_what_is_no_callback_is_refused(body: bytes) -> None:
    """And nothing but refused."""
    with pytest.raises(InvalidInput):
        read(body)


def test_nesting_is_bounded() -> None:
    """As the setting says: 64 levels below the body itself."""

    def nested(depth: int) -> dict[str, Any]:
        result: Any = {}
        for _ in range(depth - 1):
            result = [result]
        return FAILED | {"result": result}

    assert read(nested(64)).kind == "failed"
    with pytest.raises(InvalidInput, match=r"deeper than 64 levels.*nesting_depth"):
        read(nested(65))


def test_credentials_in_error_texts_are_taken_out() -> None:
    """Of messages, stacks and what the upstream answered."""
    error = {
        "name": "NodeApiError",
        "message": "login failed: password=hunter2 at https://bob:hunter3@host/x",
        "messages": ['401 - "{\\"api_key\\": \\"hunter4\\", \\"why\\": \\"expired\\"}"'],
        "stack": "Error\nAuthorization: Bearer hunter5hunter5",
    }
    callback = read({"workflow": {"id": "w1"}, "execution": {"id": "5", "error": error}})
    assert "hunter" not in repr(callback)
    assert "expired" in repr(callback)


def test_long_texts_are_cut() -> None:
    """Each at its bound."""
    body = FAILED | {"message": "m" * 10_000, "error": {"message": "e" * 10_000, "stack": "s" * 100_000}}
    callback = read(body)
    assert callback.error is not None
    assert (len(callback.message), len(callback.error.message), len(callback.error.stacktrace)) == (2_000, 2_000, 8_000)
