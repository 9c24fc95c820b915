"""Failures by one cause become incidents, in any order within a commit, and once each."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator.incidents.lifecycle import CauseHistory, Rules, advance, revise
from correlator.model.finding import Finding
from correlator.model.incident import FailureSighting
from tests.unit.incidents.told import S, scenario_names, sighting, tell

RULES = Rules(threshold=2, window_s=60, quiet_s=300)
traces = st.builds(lambda at, number: sighting(at, "disk", f"t{number}"), st.integers(0, 2_000), st.integers(0, 15))
commits = st.lists(st.lists(traces, max_size=8), max_size=5)


@pytest.mark.parametrize("name", scenario_names())
def test_story(name):
    """Each story in tests/scenarios/incidents comes out as it says."""
    told = list(tell(name))
    assert told
    for actual, expected in told:
        assert actual == expected


@given(commits, st.randoms())
def test_order_within_a_commit_is_irrelevant(told, chance):
    """Any permutation of a commit's failures gives the same incidents."""
    history = shuffled_history = CauseHistory("disk")
    for now_s, sightings in enumerate(told, start=2_000):
        shuffled = list(sightings)
        chance.shuffle(shuffled)
        history = advance(history, sightings, now_s * S, RULES)
        shuffled_history = advance(shuffled_history, shuffled, now_s * S, RULES)
        assert shuffled_history == history


@given(commits)
def test_delivering_the_last_commit_again_changes_nothing(told):
    """A crash between concluding and forgetting is harmless, while the traces are among the samples."""
    rules = replace(RULES, threshold=1)
    history = CauseHistory("disk")
    for now_s, sightings in enumerate(told, start=2_000):
        history = advance(history, sightings, now_s * S, rules)
        assert advance(history, sightings, now_s * S, rules) == history


@given(commits)
def test_incidents_of_a_cause_follow_each_other(told):
    """Ordinals count up, each names the one before, only the last may be open, and each resolved one had its quiet."""
    history = CauseHistory("disk")
    for now_s, sightings in enumerate(told, start=2_000):
        history = advance(history, sightings, now_s * S, RULES)
    keys = [incident.key for incident in history.incidents]
    assert keys == [f"disk-{ordinal}" for ordinal in range(1, len(keys) + 1)]
    assert [incident.previous for incident in history.incidents] == [None, *keys][: len(keys)]
    for incident in history.incidents:
        assert incident.opened_at_unix_nano <= incident.last_seen_unix_nano
        if incident.resolved_at_unix_nano is not None:
            assert incident.last_seen_unix_nano < incident.resolved_at_unix_nano


@given(st.lists(traces, max_size=30))
def test_failures_are_the_distinct_traces(sightings):
    """Nothing is counted twice, and what is not counted waits or was too thinly spread."""
    history = advance(CauseHistory("disk"), sightings, 0, replace(RULES, threshold=1))
    assert sum(incident.failures for incident in history.incidents) == len({each.trace_id for each in sightings})


def test_keeps_the_newest_samples():
    """Trace ids are bounded, failures are not."""
    many = [sighting(second, "disk", f"t{second}") for second in range(100)]
    (incident,) = advance(CauseHistory("disk"), many, 0, RULES).incidents
    assert (incident.failures, len(incident.trace_ids), incident.trace_ids[0]) == (100, 20, "t99")
    assert incident.severity == "critical"


def test_the_surest_finding_tells_the_cause():
    """And the share counts all failures."""
    told = [sighting(0, "disk", "a", confidence=0.4), sighting(1, "disk", "b", confidence=0.8)]
    (incident,) = advance(CauseHistory("disk"), told, 0, RULES).incidents
    cause = incident.root_cause.candidates[0]
    assert (cause.confidence, cause.evidence[0].observed) == (0.8, "2 of 2")


def test_a_surer_cause_takes_the_place_of_the_old_one():
    """Key and count stay."""
    (incident,) = _opened([sighting(0, "unknown", "a"), sighting(1, "unknown", "b")])
    vague = replace(incident, root_cause=Finding("not enough evidence", True))
    revised = revise(vague, sighting(0, "disk", "a"))
    assert (revised.key, revised.failures, revised.title) == (incident.key, 2, "worker disk: Error")
    assert revised.root_cause.candidates[0].evidence[0].observed == "1 of 2"


def test_a_less_sure_cause_does_not():
    """A second look that sees less changes nothing."""
    (incident,) = _opened([sighting(0, "disk", "a"), sighting(1, "disk", "b")])
    assert revise(incident, sighting(0, "network", "a", confidence=0.1)) == incident


def _opened(sightings: Sequence[FailureSighting]):
    return advance(CauseHistory(sightings[0].cause_fingerprint), sightings, 0, RULES).incidents
