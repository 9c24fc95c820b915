"""An incident, its finding, and groups of errors as documents. Pure.

Fields carry ECS's names where it has one (event.*, rule.*, trace.id, service.name, error.*), and stand below `correlator`
where it has none. `@timestamp` is the last failure, as an open incident must be seen however long ago it began; the first is
`event.start`. Times are RFC 3339 with nanoseconds.
"""

import hashlib
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from correlator.model.finding import Candidate, Finding
from correlator.model.incident import ErrorGroup, Incident

ECS_VERSION: Final = "9.0.0"
PROVIDER: Final = "correlator"
INCIDENTS: Final = "correlator.incidents"  # event.dataset
FINDINGS: Final = "correlator.findings"
VIEW_DIGITS: Final = 12  # hexadecimal: an incident has a handful of findings


def incident_document(incident: Incident, link: str) -> dict[str, Any]:
    """The incident as it is now: one document, by `incident.key`. `link` is where people find it in the engine."""
    finding = incident.root_cause
    event = _event(incident, INCIDENTS, link) | {"id": incident.key, "kind": "alert", "outcome": "failure"}
    return _seen(incident, event) | {
        "message": incident.title,
        "correlator": {"incident": _incident(incident), "cause": _cause(finding), "finding": _finding(finding)},
    }


def finding_document(incident: Incident, link: str) -> dict[str, Any]:
    """What is held to have caused the incident: one document for each answer, by `finding_id`."""
    finding = incident.root_cause
    event = _event(incident, FINDINGS, link) | {"id": finding_id(incident), "kind": "enrichment"}
    hit = {"key": incident.key, "title": incident.title, "state": incident.state, "severity": incident.severity}
    told = _finding(finding) | {
        "alternatives": list(finding.alternatives),
        "missing_signals": list(finding.missing_signals),
        "ruled_out": [f"{each.component} {each.operation}: {each.reason}" for each in finding.ruled_out],
        "evidence": [told for each in finding.candidates for told in _evidence(each)],
        "path": [f"{step.component} {step.operation}" for each in finding.candidates[:1] for step in each.path],
    }
    return _seen(incident, event) | {
        "message": finding.summary,
        "correlator": {"incident": hit, "cause": _cause(finding), "finding": told},
    }


def error_group_document(group: ErrorGroup) -> dict[str, Any]:
    """Errors of one fingerprint, counted: one document, by `group.fingerprint`. `@timestamp` is when it was last seen."""
    return {
        "@timestamp": rfc3339_nanos(group.last_seen_unix_nano),
        "message": group.template,
        "service": {"name": group.service_name},
        "error": {"type": group.error_type},
        "trace": {"id": list(group.trace_ids)},
        "correlator": {
            "system": group.system,
            "error_group": {
                "fingerprint": group.fingerprint,
                "operation": group.operation,
                "count": group.count,
                "first_seen": rfc3339_nanos(group.first_seen_unix_nano),
                "last_seen_unix_nano": group.last_seen_unix_nano,
            },
        },
    }


def finding_id(incident: Incident) -> str:
    """The incident's key and a digest of the answer: the same while the same components are held to be the cause."""
    finding = incident.root_cause
    causes = [(each.fingerprint, each.component, each.operation, each.kind) for each in finding.candidates[:1]]
    answer = msgspec.json.encode([finding.abstained, causes, sorted(each.rule_id for each in finding.patterns)])
    return f"{incident.key}-{hashlib.sha256(answer).hexdigest()[:VIEW_DIGITS]}"


def rfc3339_nanos(unix_nano: int) -> str:
    """UTC, nine digits: what the server's date_nanos keeps. Of 0 where before 1970, which it cannot hold."""
    seconds, nanos = divmod(max(0, unix_nano), 10**9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanos:09d}Z"


def _seen(incident: Incident, event: dict[str, Any]) -> dict[str, Any]:
    """What all documents of an incident share."""
    matched = incident.root_cause.patterns
    rule = {"id": [each.rule_id for each in matched], "name": [each.title for each in matched]}
    document: dict[str, Any] = {
        "@timestamp": rfc3339_nanos(incident.last_seen_unix_nano),
        "ecs": {"version": ECS_VERSION},
        "event": event,
        "service": {"name": list(incident.services)},
        "trace": {"id": list(incident.trace_ids)},
    }
    error = _error(incident.root_cause)
    return document | ({"rule": rule} if matched else {}) | ({"error": error} if error else {})


def _event(incident: Incident, dataset: str, link: str) -> dict[str, Any]:
    event: dict[str, Any] = {
        "dataset": dataset,
        "provider": PROVIDER,
        "start": rfc3339_nanos(incident.opened_at_unix_nano),
        "reason": incident.root_cause.summary,
        "url": link,
    }
    if incident.resolved_at_unix_nano is not None:
        event["end"] = rfc3339_nanos(incident.resolved_at_unix_nano)
        event["duration"] = max(0, incident.resolved_at_unix_nano - incident.opened_at_unix_nano)  # nanoseconds
    return event


def _incident(incident: Incident) -> dict[str, Any]:
    return {
        "key": incident.key,
        "state": incident.state,
        "severity": incident.severity,
        "title": incident.title,
        "previous": incident.previous,
        "cause_fingerprint": incident.cause_fingerprint,
        "failures": incident.failures,
        "counted_by_signature": incident.counted_by_signature,
        "services": list(incident.services),
        "systems": list(incident.systems),
        "workflows": list(incident.workflows),
    }


def _cause(finding: Finding) -> dict[str, Any] | None:
    """The first candidate; None where the finding abstains."""
    if not finding.candidates:
        return None
    cause = finding.candidates[0]
    return {
        "component": cause.component,
        "operation": cause.operation,
        "system": cause.system,
        "kind": cause.kind,
        "confidence": cause.confidence,
        "fingerprint": cause.fingerprint,
    }


def _error(finding: Finding) -> dict[str, Any]:
    first = next(iter(finding.candidates), None)
    return {"type": first.error_type, "message": first.message} if first is not None else {}


def _finding(finding: Finding) -> dict[str, Any]:
    suggestions = [each.suggestion for each in finding.patterns]
    return {"summary": finding.summary, "abstained": finding.abstained, "suggestions": suggestions}


def _evidence(candidate: Candidate) -> list[str]:
    """What speaks for one candidate, in words."""
    return [f"{candidate.component}: {each.kind} {each.subject}: {each.observed}" for each in candidate.evidence]
