"""Incidents, findings and error groups as documents."""

from dataclasses import replace

import msgspec
import pytest

from correlator.store.contract import WatchCommit, WatchState
from correlator.store.elasticsearch.conclusions.conclusion_documents import (
    ErrorGroupDocument,
    IncidentDocument,
    conclusions,
)
from tests.conformance.test_catalog import GROUP, incident


def test_documents_hold_the_exact_values_beside_what_people_see() -> None:
    """An incident, its finding and an error group, each under its own id."""
    opened = incident("f1", 2, 10)
    commit = WatchCommit(WatchState(), (opened,), (GROUP,))
    documents = {each.kind: each for each in conclusions(commit, lambda key: f"https://engine/{key}")}
    assert documents.keys() == {"incidents", "findings", "error-groups"}
    written = documents["incidents"].source
    assert msgspec.json.decode(written, type=IncidentDocument).correlator.exact == opened
    shown = msgspec.json.decode(written)
    assert shown["message"] == "charge fails"
    assert shown["event"]["url"] == "https://engine/f1-2"
    assert shown["correlator"]["incident"]["ordinal"] == 2
    group = documents["error-groups"].source
    assert msgspec.json.decode(group, type=ErrorGroupDocument).correlator.exact == GROUP
    assert msgspec.json.decode(group)["error"] == {"type": "ValueError"}


def test_an_incident_without_an_ordinal_is_refused() -> None:
    """Before anything is written."""
    broken = replace(incident("f1", 1, 1), key="none")
    with pytest.raises(ValueError, match="invalid literal"):
        list(conclusions(WatchCommit(WatchState(), (incident("f1", 1, 1), broken)), str))
