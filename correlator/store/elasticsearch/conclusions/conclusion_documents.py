"""Incidents, findings and error groups as documents: what people see of them in Kibana, and the exact values. Pure."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from correlator.elasticsearch.documents.conclusions import (
    error_group_document,
    finding_document,
    finding_id,
    incident_document,
)
from correlator.model.incident import ErrorGroup, Incident
from correlator.store.contract import WatchCommit
from correlator.store.elasticsearch.commits.changes import Change, Place, change
from correlator.store.elasticsearch.commits.document_ids import document_id
from correlator.store.incident_ordinal import incident_ordinal

Link = Callable[[str], str]
"""Where people find the incident with that key in the engine."""


class _ExactIncident(msgspec.Struct):
    exact: Incident


class IncidentDocument(msgspec.Struct):
    """What is read of an incident's document."""

    correlator: _ExactIncident


class _ExactErrorGroup(msgspec.Struct):
    exact: ErrorGroup


class ErrorGroupDocument(msgspec.Struct):
    """What is read of an error group's document."""

    correlator: _ExactErrorGroup


def incident_place(key: str) -> Place:
    return Place("incidents", document_id(key))


def error_group_place(fingerprint: str) -> Place:
    return Place("error-groups", document_id(fingerprint))


def conclusions(commit: WatchCommit, link: Link) -> Iterator[Change]:
    """The documents of a commit. Raises ValueError where an incident's key has no ordinal."""
    for incident in commit.incidents:
        yield _incident(incident, link)
        yield change("findings", document_id(finding_id(incident)), finding_document(incident, link(incident.key)))
    for group in commit.error_groups:
        yield change(*error_group_place(group.fingerprint), _error_group(group))


def _incident(incident: Incident, link: Link) -> Change:
    document = incident_document(incident, link(incident.key))
    told = document["correlator"]
    told["incident"] |= {"ordinal": incident_ordinal(incident), "opened_at_unix_nano": incident.opened_at_unix_nano}
    told["exact"] = incident
    return change(*incident_place(incident.key), document)


def _error_group(group: ErrorGroup) -> dict[str, Any]:
    document = error_group_document(group)
    document["correlator"]["exact"] = group
    return document
