"""Every mistake in an objective has its file, its line and a remedy."""

import pytest

from correlator.slo.openslo import RuleFile, read_objectives
from tests.unit.slo.openslo.documents import GOOD, LATENCY, RATIO, spoilt, told

DAY_S = 86_400


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ("service: bridge\n", "servise: bridge\n", "7: unknown key 'servise'; did you mean 'service'?"),
        ("target: 0.999", "target: 99.9", "21: target = '99.9': is not a ratio; did you mean 0.999?"),
        ("target: 0.999", "target: 1", "21: target = '1': leaves no error budget; needs a ratio below 1, for example 0.999"),
        ("target: 0.999", "target: 0", "21: target = '0': promises nothing; needs a ratio over 0, for example 0.999"),
        ("target: 0.999", "target: 0.9999999999999", "21: target = '0.9999999999999': leaves no error budget; needs a ratio below 1, for example 0.999"),
        ("target: 0.999", "targetPercent: 99.99999999999", "21: targetPercent = '99.99999999999': needs a percentage from 1 to below 100, for example 99.9"),
        ("events: server_calls", "events: executions, every: 1h", "16: every says when a run is missed; add missed_run to failing, or leave it out"),
        ("target: 0.999", "target: nan", "21: target = 'nan': needs a number, for example 200"),
        ("target: 0.999", "targetPercent: 0.999", "21: targetPercent = '0.999': is not a percentage; did you mean 99.9?"),
        ("target: 0.999", "displayName: x", "21: an objective has no 'target'; give it one"),
        ("30d", "30days", "18: duration = '30days': needs a whole number and one of m, h, d, w, for example 30d"),
        ("30d", "1M", "18: duration = '1M': M is no fixed time; give days, for example 30d"),
        ("30d", "36h", "18: duration = '36h': needs whole days, 366 at most, for example 30d"),
        ("isRolling: true", "isRolling: false", "18: only rolling windows are kept; leave out calendar, and write isRolling: true"),
        ("Occurrences", "Occurences", "19: budgetingMethod = 'Occurences': unknown budgetingMethod 'Occurences'; did you mean 'Occurrences'?"),
        ("openslo/v1", "openslo/v1alpha", "1: apiVersion = 'openslo/v1alpha': only openslo/v1 is read"),
        ("kind: SLO", "kind: SLOO", "2: kind = 'SLOO': unknown kind 'SLOO'; did you mean 'SLO'?"),
        ("name: availability", "name: Avail ability", "4: name = 'Avail ability': needs lowercase letters, digits, dashes and dots, at most 63, a letter or digit at both ends"),
        ("type: correlator", "type: corelator", "15: type = 'corelator': unknown type 'corelator'; did you mean 'correlator'?"),
        ("events: server_calls", "events: server_call", "16: events = 'server_call': unknown events 'server_call'; did you mean 'server_calls'?"),
        ("events: server_calls", "events: server_calls, failing: [stuck]", "16: only executions fail in silence; of other events, leave out failing"),
        ("events: server_calls", "events: server_calls, per_workflow: true", "16: only executions are of one workflow each; leave out per_workflow"),
        ("        rawType: success\n", "", "12: 'ratioMetric' has no 'rawType'; give it one"),
        ("  objectives:\n    - target: 0.999\n", "", "7: the SLO has no objectives; give at least one, with a target"),
        ("target: 0.999", "target: 0.999\n      timeSliceWindow: 1m", "22: timeSliceWindow is of time slices, and budgetingMethod is Occurrences; leave it out"),
        ("target: 0.999", "target: 0.999\n      value: 3", "22: value belongs to a thresholdMetric, and this SLI is a ratio; leave it out"),
    ],
)  # fmt: skip
def test_a_mistake_names_its_line_and_a_remedy(old: str, new: str, mistake: str) -> None:
    """One mistake, one message."""
    assert spoilt(old, new) == [f"a.yaml:{mistake}"]


def test_an_objective_that_no_page_window_can_reach_is_refused() -> None:
    """Why, and what to change."""
    assert spoilt("target: 0.999", "target: 0.9") == [
        "a.yaml:21: the page window 1h/5m can never fire: at 0.9 the burn rate is 10 when everything fails, and its factor "
        "is 14.4; raise the target to 0.9306, or give alertPolicies with a threshold below 10"
    ]
    assert spoilt("target: 0.999", "target: 0.9306") == []


def test_a_period_longer_than_the_windows_of_alerts_is_needed() -> None:
    """A three days' window says nothing of a day."""
    (mistake,) = spoilt("30d", "2d")
    assert mistake == (
        "a.yaml:21: the ticket window of 3d is longer than the period of 2d; give a longer timeWindow, or alertPolicies "
        "of your own"
    )


def test_a_window_longer_than_retention_is_refused() -> None:
    """Its beginning would be gone; what Prometheus keeps is Prometheus's."""
    (mistake,) = told(GOOD, 14 * DAY_S)
    assert mistake == (
        "a.yaml:21: the period of 30d is longer than records are kept, 14d; shorten timeWindow, or raise "
        "store.retention_age (on Elasticsearch: elasticsearch.retention)"
    )
    assert told(GOOD, 30 * DAY_S) == []
    assert told(GOOD, None) == []


def test_a_slice_must_fit_into_the_shortest_window() -> None:
    """Else most short windows would hold none."""
    slices = "0.999\n      timeSliceTarget: 0.95\n      timeSliceWindow: 10m"
    (mistake,) = told(GOOD.replace("Occurrences", "Timeslices").replace("0.999", slices))
    assert mistake == "a.yaml:23: a slice of 10m does not fit into the shortest window, 5m; shorten it"


def test_a_latency_that_must_be_high_is_refused() -> None:
    """It was hardly meant."""
    text = GOOD.replace(RATIO, LATENCY).replace("target: 0.999", "{op: gt, value: 200, target: 0.95}")
    assert told(text) == ["a.yaml:17: of a latency, write lte: what takes exactly so long is good"]


def test_an_id_that_is_taken_is_refused() -> None:
    """By whom is said."""
    document = read_objectives([RuleFile("a.yaml", GOOD), RuleFile("b.yaml", GOOD)])
    assert [str(each) for each in document.mistakes] == [
        "b.yaml:1: id 'bridge-availability' is taken by a.yaml:1; choose another"
    ]


def test_a_part_that_is_given_twice_is_refused() -> None:
    """Which one would be meant?"""
    service = "---\napiVersion: openslo/v1\nkind: Service\nmetadata: {name: bridge}\nspec: {}\n"
    assert told(GOOD + service + service) == ["a.yaml:28: id 'Service bridge' is taken by a.yaml:23; choose another"]


def test_an_objective_that_measures_nothing_is_refused() -> None:
    """It says what is missing."""
    text = GOOD[: GOOD.index("  indicator:")] + GOOD[GOOD.index("  timeWindow") :]
    assert told(text) == ["a.yaml:7: the SLO has no indicator; say what it measures"]


def test_a_name_that_means_nothing_is_refused() -> None:
    """Where something close is known, it is named."""
    sli = "---\napiVersion: openslo/v1\nkind: SLI\nmetadata: {name: answers}\nspec:\n" + RATIO.replace(
        "      ", "  ", 1
    )
    named = GOOD[: GOOD.index("  indicator:")] + "  indicatorRef: answer\n" + GOOD[GOOD.index("  timeWindow") :]
    assert told(named + sli.replace("        rawType", "    rawType").replace("        raw:", "    raw:"))[0] == (
        "a.yaml:8: indicatorRef names 'answer', and no SLI is called so; did you mean 'answers'?"
    )


def test_an_annotation_of_ours_that_is_misspelt_is_refused() -> None:
    """The gate would silently be the usual one."""
    (mistake,) = spoilt(
        "spec:\n  service", "  annotations: {correlator/page-min-failure: '10'}\nspec:\n  service"
    )  # fmt: skip
    assert mistake.endswith("did you mean 'correlator/page-min-failures'?")


def test_missing_data_cannot_page() -> None:
    """Unsupported is said, not passed over."""
    policy = (
        "  alertPolicies:\n    - spec:\n        alertWhenNoData: true\n        conditions:\n          - spec: {severity: page, "
        "condition: {threshold: 14.4, lookbackWindow: 1h}}\n"
    )
    assert told(GOOD + policy) == ["a.yaml:24: alertWhenNoData is not kept: missing data freezes alerts; leave it out"]


def test_an_objective_with_a_mistake_is_left_out() -> None:
    """The others are read."""
    text = GOOD + "---\n" + GOOD.replace("availability", "second").replace("0.999", "99.9")
    document = read_objectives([RuleFile("a.yaml", text)])
    assert [each.objective.id for each in document.objectives] == ["bridge-availability"]
    assert [each.line for each in document.mistakes] == [43]


@pytest.mark.parametrize("text", ["", "# nothing\n"])
def test_an_empty_file_is_a_mistake(text: str) -> None:
    """It was hardly meant."""
    assert told(text) == ["a.yaml:1: no objective is in this file; write one, or delete it"]


@pytest.mark.parametrize(
    "text", ["a: [", "- 1\n- 2\n", "7\n", "apiVersion: openslo/v1\nkind: SLO\nmetadata: 3\nspec: 4\n"]
)
def test_what_is_no_document_is_a_mistake(text: str) -> None:
    """And never an exception."""
    assert told(text)
