"""Calls are checked against a schema, and refused with the field's path."""

from typing import Any

import pytest

from correlator.demo.bridge.request import DEFAULT_TIMEOUT_S, HybridRequest, RequestRefused, parse_body, read_request

CALL: dict[str, Any] = {"workflow_id": "w", "execution_id": "7", "data": {"a": 1}, "processing_type": "validation"}


def test_shortest_call() -> None:
    """What is left out has defaults, and makes no idempotency key."""
    request = read_request(CALL)
    assert request == HybridRequest("w", "7", {"a": 1}, "validation", "", DEFAULT_TIMEOUT_S, 5, "", 0)
    assert request.derived_key() == ""


def test_key_is_derived_from_execution_node_and_item() -> None:
    """As n8n runs a node again for the same item."""
    assert read_request({**CALL, "node": "Call Bridge", "item": 2}).derived_key() == "w/7/Call%20Bridge/2"


def test_call_may_leave_out_who_it_is_for() -> None:
    """Then its headers tell, or nobody; and no key is derived."""
    request = read_request({"data": {}, "processing_type": "validation", "node": "Call Bridge"})
    assert (request.workflow_id, request.execution_id, request.derived_key()) == ("", "", "")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"workflow_id": ""}, "workflow_id"),
        ({"execution_id": 7}, "execution_id"),
        ({"data": "x"}, "data"),
        ({"processing_type": "explode"}, "processing_type"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": 301}, "timeout"),
        ({"workflow_id": "a/b c"}, "workflow_id"),
        ({"execution_id": "\u00fc"}, "execution_id"),
        ({"callback_url": "ftp://x"}, "callback_url"),
        ({"callback_url": "http://x y"}, "callback_url"),
        ({"priority": "urgent"}, "priority"),
        ({"item": -1}, "item"),
    ],
)
def test_wrong_field_is_named(change: dict[str, Any], field: str) -> None:
    """By its own name."""
    with pytest.raises(RequestRefused) as raised:
        read_request({**CALL, **change})
    assert raised.value.field == field


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "is no JSON"),
        (b'{"timeout": NaN}', "NaN is no JSON number"),
        (b'{"a": "\\ud800"}', "surrogates not allowed"),
        (b"\xff", "is no JSON"),
        (b"[" * 100_000, "is nested too deeply"),
    ],
)
def test_body_that_is_no_json_is_refused(body: bytes, problem: str) -> None:
    """Also where Python would take it."""
    with pytest.raises(RequestRefused, match=problem):
        parse_body(body)


def test_stricter_release_asks_for_consent() -> None:
    """Which the others do not know."""
    with pytest.raises(RequestRefused, match="consent: 'consent' is a required property"):
        read_request(CALL, is_strict=True)
    assert read_request({**CALL, "consent": True}, is_strict=True)
