"""Incidents for tests, opened by real failures, with only what a test is about spelled out."""

from dataclasses import replace
from typing import Any

from correlator.incidents.lifecycle import CauseHistory, Rules, advance
from correlator.model.finding import Finding
from correlator.model.incident import Incident
from tests.unit.incidents.told import S, sighting

OPENED_S = 1_760_000_000
"""When it failed first, in unix seconds."""


def opened(
    cause: str, *, workflow: str | None = None, finding: Finding | None = None, at_s: float = OPENED_S, **others: Any
) -> Incident:
    """The first incident of a cause in the worker, open since its first failure."""
    failure = sighting(at_s, cause, "a", workflow)
    history = advance(CauseHistory(cause), [failure], int(at_s * S), Rules(threshold=1, window_s=300, quiet_s=900))
    incident = replace(history.incidents[0], root_cause=finding or failure.finding)
    return replace(incident, **others)
