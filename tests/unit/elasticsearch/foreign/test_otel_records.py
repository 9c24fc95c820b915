"""Documents in OTel mode as messages of OTLP."""

from typing import Any

from correlator.elasticsearch.foreign.otel_records import is_span, is_span_event, log_record_of, span_of

SPAN: dict[str, Any] = {
    "@timestamp": "1721314113467.654123", "trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "b7ad6b7169203331",
    "name": "charge", "kind": "Server", "duration": 1_500, "status": {"code": "Error", "message": "declined"},
    "links": [{"trace_id": "ab" * 16, "span_id": "cd" * 8, "attributes": {"why": "retry"}}],
}  # fmt: skip
EVENT: dict[str, Any] = {
    "@timestamp": "1721314113467.654124", "trace_id": SPAN["trace_id"], "span_id": SPAN["span_id"], "event_name": "exception",
    "attributes": {"exception.type": "E", "event.name": "exception"},
}  # fmt: skip
LOG: dict[str, Any] = {
    "@timestamp": "1721314113467.0",
    "observed_timestamp": "1721314113468.0",
    "body": {"text": "hello"},
}


def test_a_span_has_its_end_and_its_enumerations() -> None:
    """From its duration, and the names that the Collector gives them."""
    span = span_of(SPAN)
    assert span["endTimeUnixNano"] == str(1721314113467_654123 + 1_500)
    assert (span["kind"], span["status"]) == (2, {"code": 2, "message": "declined"})
    assert span["links"][0]["traceId"] == "ab" * 16


def test_a_span_that_ended_before_it_began_does_so_again() -> None:
    """Its duration was written as an unsigned number."""
    assert span_of(SPAN | {"duration": 2**64 - 10})["endTimeUnixNano"] == str(1721314113467_654123 - 10)


def test_events_come_by_time_without_the_name_that_was_made_an_attribute() -> None:
    """As the span had them."""
    earlier = EVENT | {
        "@timestamp": "1721314113467.654123",
        "event_name": "begin",
        "attributes": {"event.name": "begin"},
    }
    events = span_of(SPAN, [EVENT, earlier])["events"]
    assert [event["name"] for event in events] == ["begin", "exception"]
    assert events[0]["attributes"] == []
    assert [each["key"] for each in events[1]["attributes"]] == ["exception.type"]


def test_an_event_name_that_is_an_attribute_stays_there_alone() -> None:
    """The Collector writes it into both places."""
    assert log_record_of(LOG | {"event_name": "login"})["eventName"] == "login"
    told = log_record_of(LOG | {"event_name": "login", "attributes": {"event.name": "login"}})
    assert told["eventName"] == ""
    assert told["attributes"][0]["key"] == "event.name"


def test_a_body_is_text_or_structured() -> None:
    """A list of no objects was wrapped; a record without a body has none."""
    assert log_record_of(LOG)["body"] == {"stringValue": "hello"}
    assert log_record_of(LOG | {"body": {"structured": {"value": [1]}}})["body"]["arrayValue"]["values"] == [
        {"intValue": "1"}
    ]
    assert "kvlistValue" in log_record_of(LOG | {"body": {"structured": {"value": 1, "b": 2}}})["body"]
    assert "body" not in log_record_of({"@timestamp": "0.0", "observed_timestamp": "1.0"})


def test_a_document_tells_what_it_is() -> None:
    """Spans have a duration, log records an observed time, events neither."""
    assert [is_span(each) for each in (SPAN, EVENT, LOG)] == [True, False, False]
    assert [is_span_event(each) for each in (SPAN, EVENT, LOG)] == [False, True, False]


def test_fields_of_unexpected_types_are_as_if_not_given() -> None:
    """Others may write anything."""
    odd = SPAN | {
        "trace_id": 5,
        "name": None,
        "kind": ["Server"],
        "status": "Error",
        "links": {"a": 1},
        "duration": "long",
    }
    span = span_of(odd)
    assert (span["traceId"], span["name"], span["kind"], span["links"]) == ("", "", 0, [])
    assert span["endTimeUnixNano"] == span["startTimeUnixNano"]
