"""Spans as Jaeger's JSON."""

from typing import Any

import pytest

from correlator.model.marks import Mark
from correlator.model.span import SpanEvent, SpanLink
from correlator.serve.jaeger.traces import trace_of
from tests.unit.serve.jaeger.a_span import NOW, OTHER, PARENT, SPAN, TRACE, a_span


def shown(**given: Any) -> dict[str, Any]:
    """The one span of a trace."""
    (span,) = trace_of(TRACE, [a_span(**given)])["spans"]
    told: dict[str, Any] = span
    return told


def tags(**given: Any) -> dict[str, Any]:
    return {tag["key"]: tag["value"] for tag in shown(**given)["tags"]}


def test_times_are_whole_microseconds() -> None:
    """Cut, not rounded; a span that ends before it starts took no time, and says so."""
    span = shown(start_time_unix_nano=NOW + 999)
    assert (span["startTime"], span["duration"]) == (NOW // 1000, 250_000)
    backwards = shown(end_time_unix_nano=NOW - 1, marks=Mark.END_BEFORE_START)
    assert backwards["duration"] == 0
    assert "ends before it starts" in backwards["warnings"][0]


@pytest.mark.parametrize(
    ("value", "type_", "told"),
    [
        ("text", "string", "text"),
        (True, "bool", True),
        (2**53 - 1, "int64", 2**53 - 1),
        (2**53, "int64", "9007199254740992"),
        (-(2**63), "int64", "-9223372036854775808"),
        (1.5, "float64", 1.5),
        (None, "string", ""),
        ([1, "a"], "string", '[1,"a"]'),
        ({"b": [True]}, "string", '{"b":[true]}'),
    ],
)
def test_attributes_are_typed_tags(value: Any, type_: str, told: Any) -> None:
    """What JavaScript cannot hold is a text."""
    assert {"key": "a", "type": type_, "value": told} in shown(attributes={"a": value})["tags"]


def test_an_address_as_a_number_is_shown_with_dots() -> None:
    """Old clients send it so."""
    assert tags(attributes={"peer.ipv4": 0x08080404, "ip": 1.0, "port": 80})["peer.ipv4"] == "8.8.4.4"
    assert tags(attributes={"ip": True})["ip"] is True


def test_kind_status_scope_and_state_are_tags() -> None:
    """Only where they are told; `error` only where the status is one."""
    assert tags(kind=0) == {}
    assert tags(status_code=1) == {"otel.status_code": "OK", "span.kind": "server"}
    failed = tags(status_code=2, status_message="no", scope_name="lib", scope_version="1.2", trace_state="a=b", kind=5)
    assert failed == {
        "error": True,
        "otel.scope.name": "lib",
        "otel.scope.version": "1.2",
        "otel.status_code": "ERROR",
        "otel.status_description": "no",
        "span.kind": "consumer",
        "w3c.tracestate": "a=b",
    }


def test_tags_are_ordered_by_key_then_type() -> None:
    """An attribute that is called like a tag of the span stands beside it."""
    told = shown(attributes={"span.kind": 7, "b": 1, "a": 2})["tags"]
    assert [(tag["key"], tag["type"]) for tag in told] == [
        ("a", "int64"),
        ("b", "int64"),
        ("span.kind", "string"),
        ("span.kind", "int64"),
    ]


def test_an_event_is_a_log_that_names_it_first() -> None:
    """Unless an attribute does."""
    named = SpanEvent(NOW + 1_999, "exception", {"exception.type": "ValueError", "a": 1})
    naming = SpanEvent(NOW, "ignored", {"zone": 1, "event": "own"})
    first, second = shown(events=(named, naming))["logs"]
    assert first["timestamp"] == NOW // 1000 + 1
    assert [field["key"] for field in first["fields"]] == ["event", "a", "exception.type"]
    assert [(field["key"], field["value"]) for field in second["fields"]] == [("event", "own"), ("zone", 1)]
    assert shown(events=(SpanEvent(NOW, "", {}),))["logs"][0]["fields"] == []


def test_the_parent_is_the_first_reference_and_links_follow() -> None:
    """A link into another trace stands as it is."""
    linked = (SpanLink(OTHER, "1" * 16, {}), SpanLink(TRACE, "2" * 16, {"opentracing.ref_type": "child_of"}))
    assert shown(parent_span_id=PARENT, links=linked)["references"] == [
        {"refType": "CHILD_OF", "traceID": TRACE, "spanID": PARENT},
        {"refType": "FOLLOWS_FROM", "traceID": OTHER, "spanID": "1" * 16},
        {"refType": "CHILD_OF", "traceID": TRACE, "spanID": "2" * 16},
    ]
    assert [one["spanID"] for one in shown(links=linked)["references"]] == ["2" * 16, "1" * 16]


def test_a_link_to_the_parent_says_what_kind_of_parent_it_is() -> None:
    """It is told once."""
    to_parent = SpanLink(TRACE, PARENT, {})
    assert shown(parent_span_id=PARENT, links=(to_parent,))["references"] == [
        {"refType": "FOLLOWS_FROM", "traceID": TRACE, "spanID": PARENT}
    ]


def test_a_missing_parent_is_a_warning() -> None:
    """One that is here is none."""
    assert PARENT in shown(parent_span_id=PARENT)["warnings"][0]
    whole = trace_of(TRACE, [a_span(span_id=PARENT), a_span(parent_span_id=PARENT)])
    assert [span["warnings"] for span in whole["spans"]] == [None, None]


def test_spans_are_in_order_and_share_their_processes() -> None:
    """A sender that says more of itself is another; the SDK's name belongs to the sender."""
    more = {"service.name": "bridge", "host.name": "h"}
    trace = trace_of(
        TRACE,
        [
            a_span(span_id="3" * 16, start_time_unix_nano=NOW + 2, resource_attributes=more),
            a_span(span_id="2" * 16, start_time_unix_nano=NOW + 1),
            a_span(span_id=SPAN, attributes={"telemetry.sdk.name": "otel"}),
            a_span(span_id="1" * 16, start_time_unix_nano=NOW + 1),
        ],
    )
    assert [span["spanID"] for span in trace["spans"]] == [SPAN, "1" * 16, "2" * 16, "3" * 16]
    assert [span["processID"] for span in trace["spans"]] == ["p1", "p2", "p2", "p3"]
    assert [tag["key"] for tag in trace["spans"][0]["tags"]] == ["span.kind"]
    assert trace["processes"]["p1"]["tags"] == [{"key": "telemetry.sdk.name", "type": "string", "value": "otel"}]
    assert trace["processes"]["p2"] == {"serviceName": "bridge", "tags": []}
    assert trace["processes"]["p3"]["tags"][0]["value"] == "h"


def test_a_64_bit_trace_id_is_shown_without_its_padding() -> None:
    """In references too."""
    short = "0" * 16 + PARENT
    trace = trace_of(short, [a_span(trace_id=short, parent_span_id="1" * 16)])
    assert trace["traceID"] == trace["spans"][0]["traceID"] == PARENT
    assert trace["spans"][0]["references"][0]["traceID"] == PARENT
