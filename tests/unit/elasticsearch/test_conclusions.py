"""Incidents and findings as documents."""

from dataclasses import replace

from correlator.elasticsearch.documents.conclusions import (
    error_group_document,
    finding_document,
    finding_id,
    incident_document,
    rfc3339_nanos,
)
from correlator.model.finding import Finding, PatternMatch
from tests.unit.serve.api import NOW, TRACE_ID, an_error_group, an_incident

LINK = "https://engine.example.com/api/v1/incidents/key"


def test_an_open_incident_has_what_a_list_of_them_shows() -> None:
    """By ECS's names where it has one."""
    incident = an_incident()
    document = incident_document(incident, LINK)
    assert document["@timestamp"] == rfc3339_nanos(NOW)
    assert document["message"] == incident.title
    assert document["trace"] == {"id": [TRACE_ID]}
    assert document["service"] == {"name": ["invoice-worker", "n8n"]}
    assert document["error"] == {"type": "ValueError", "message": "currency XXX is unknown"}
    event = document["event"]
    assert (event["kind"], event["outcome"], event["url"]) == ("alert", "failure", LINK)
    assert not {"end", "duration"} & event.keys()
    told = document["correlator"]
    assert (told["incident"]["state"], told["incident"]["workflows"]) == ("open", ["Invoice intake"])
    assert (told["cause"]["component"], told["cause"]["kind"]) == ("invoice-worker", "exception")
    assert told["finding"]["summary"] == "invoice-worker failed first."


def test_a_resolved_one_says_when_it_ended_and_how_long_it_was() -> None:
    """In nanoseconds, as event.duration is."""
    resolved = replace(an_incident(), state="resolved", resolved_at_unix_nano=NOW + 5)
    event = incident_document(resolved, LINK)["event"]
    assert (event["start"], event["end"], event["duration"]) == (rfc3339_nanos(NOW), rfc3339_nanos(NOW + 5), 5)


def test_an_incident_whose_cause_is_not_known_names_none() -> None:
    """And says what is missing."""
    abstained = Finding("not enough evidence for a cause.", True, missing_signals=("no logs",))
    incident = replace(an_incident(), root_cause=abstained)
    document = incident_document(incident, LINK)
    assert document["correlator"]["cause"] is None
    assert "error" not in document
    assert finding_document(incident, LINK)["correlator"]["finding"]["missing_signals"] == ["no logs"]


def test_a_finding_stays_the_same_document_until_another_is_held_to_be_the_cause() -> None:
    """Whatever its words count meanwhile."""
    incident = an_incident()
    (cause,) = incident.root_cause.candidates
    grown = replace(incident, failures=9, root_cause=replace(incident.root_cause, summary="9 failures."))
    other = replace(incident, root_cause=replace(incident.root_cause, candidates=(replace(cause, operation="pay"),)))
    assert finding_id(grown) == finding_id(incident)
    assert finding_id(other) != finding_id(incident)
    assert finding_id(other).startswith(incident.key)


def test_a_finding_tells_its_evidence_and_what_is_ruled_out_in_words() -> None:
    """Of the incident that it explains."""
    document = finding_document(an_incident(), LINK)
    told = document["correlator"]["finding"]
    assert told["evidence"] == ["invoice-worker: exception invoice-worker: process: ValueError"]
    assert told["ruled_out"] == ["n8n workflow.execute: repeats the worker's failure"]
    assert document["correlator"]["incident"]["key"] == an_incident().key


def test_patterns_are_rules() -> None:
    """With what to do about them."""
    match = PatternMatch("queue-stuck", "The queue is stuck", "error", "Restart the worker.", 1, 2)
    incident = an_incident()
    fitting = replace(incident, root_cause=replace(incident.root_cause, patterns=(match,)))
    document = incident_document(fitting, LINK)
    assert document["rule"] == {"id": ["queue-stuck"], "name": ["The queue is stuck"]}
    assert document["correlator"]["finding"]["suggestions"] == ["Restart the worker."]


def test_errors_that_are_the_same_are_one_document() -> None:
    """As of when it was last seen, with how many there were."""
    group = an_error_group()
    document = error_group_document(group)
    assert document["@timestamp"] == rfc3339_nanos(group.last_seen_unix_nano)
    assert (document["message"], document["error"]) == ("currency <*> is unknown", {"type": "ValueError"})
    assert document["correlator"]["error_group"]["count"] == 1


def test_times_keep_their_nanoseconds_and_never_lie_before_1970() -> None:
    """Which date_nanos cannot hold."""
    assert rfc3339_nanos(1_760_000_000_000_000_001) == "2025-10-09T08:53:20.000000001Z"
    assert rfc3339_nanos(-1) == "1970-01-01T00:00:00.000000000Z"
