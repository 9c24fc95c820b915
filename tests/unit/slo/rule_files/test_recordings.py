"""Recording rules."""

import pytest

from correlator.slo.rule_files.names import duration, number
from tests.unit.slo.openslo.documents import GOOD, PROMETHEUS_RATIO, RATIO
from tests.unit.slo.rule_files.built import PER_WORKFLOW, counts, recording, rules

SLOTH = {
    *(f"slo:sli_error:ratio_rate{window}" for window in ("5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d")),
    "slo:objective:ratio",
    "slo:error_budget:ratio",
    "slo:time_period:days",
    "slo:current_burn_rate:ratio",
    "slo:period_burn_rate:ratio",
    "slo:period_error_budget_remaining:ratio",
    "sloth_slo_info",
}
IDENTITY = {"sloth_id": "bridge-availability", "sloth_service": "bridge", "sloth_slo": "availability"}


def test_every_name_of_sloth_is_recorded() -> None:
    """With its three labels."""
    recorded = {rule["record"]: rule["labels"] for rule in rules(GOOD) if "record" in rule}
    assert recorded.keys() >= SLOTH
    assert all(labels.items() >= IDENTITY.items() for labels in recorded.values())


def test_ratios_are_divided_once_and_never_averaged() -> None:
    """Not even over the period, where Sloth averages."""
    for rule in rules(GOOD):
        if "ratio_rate" in rule.get("record", ""):
            assert "_over_time" not in rule["expr"]
            assert " > 0)" in rule["expr"]


def test_the_period_of_counters_that_are_not_ours_is_summed_of_what_was_recorded() -> None:
    """They may be thousands; the minutes' sums are one."""
    text = counts("bad", 'http_total{code=~"5.."}')
    total = recording(text, "slo:sli_total_events:increase30d")["expr"]
    assert total.startswith("sum_over_time(slo:sli_total_events:increase5m{")
    assert total.endswith("[30d]) / 5")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('http_total{code=~"5.."}', 'sum(increase(http_total{code=~"5.."}[5m]))'),
        ('sum(http_total{path="/a}b"})', 'sum(increase(http_total{path="/a}b"}[5m]))'),
        ("a_total + b_total", "sum(increase((a_total + b_total)[5m:1m]))"),
        ("sum by (job) (a_total)", "sum(increase((sum by (job) (a_total))[5m:1m]))"),
    ],
)
def test_increases_are_taken_before_sums_where_the_query_allows(query: str, expected: str) -> None:
    """So that one counter's reset is not all counters'."""
    expr = recording(counts("bad", query), "slo:sli_error_events:increase5m")["expr"]
    assert expr.startswith(f"{expected} or on () 0 * slo:sli_total_events:increase5m{{")


def test_samples_that_are_no_counters_are_summed() -> None:
    """Each is a number of events."""
    text = counts("bad", "failed").replace("counter: true", "counter: false")
    expr = recording(text, "slo:sli_error_events:increase5m")["expr"]
    assert expr.startswith("sum(sum_over_time(failed[5m]))")


def test_a_missing_good_counter_means_that_none_was_good() -> None:
    """A service that only ever failed never counted one."""
    expr = recording(counts("good", "ok_total"), "slo:sli_error_events:increase5m")["expr"]
    assert expr.startswith("clamp_min(slo:sli_total_events:increase5m{")
    assert "sum(increase(ok_total[5m])) or on () 0 * slo:sli_total_events:increase5m{" in expr


def test_a_ratio_is_counted_in_slices_of_time() -> None:
    """A slice is good where the ratio reaches its target; NaN is no slice."""
    text = GOOD.replace(RATIO, PROMETHEUS_RATIO).replace("Occurrences", "Timeslices")
    text = text.replace("target: 0.999", "{target: 0.999, timeSliceTarget: 0.9, timeSliceWindow: 1m}")
    ratio = "min(1 - (slo:error_ratio) > -1)"
    assert recording(text, "slo:sli_total_events:increase1h")["expr"] == f"count_over_time(({ratio})[1h:1m])"
    failed = recording(text, "slo:sli_error_events:increase1h")["expr"]
    assert failed == f"sum_over_time((({ratio}) < bool 0.9)[1h:1m])"


def test_an_objective_for_each_workflow_takes_its_names_from_the_counters() -> None:
    """One file of rules, however many workflows there are."""
    rule = recording(PER_WORKFLOW, "slo:objective:ratio")
    assert rule["labels"] == {"objective": "bridge-availability"}
    assert rule["expr"].startswith("0 * group by (sloth_id, sloth_service, sloth_slo) (correlator_slo_events_total{")


def test_labels_of_the_author_are_put_on_under_names_that_prometheus_allows() -> None:
    """None of them can change what a rule means."""
    labels = 'labels: {team.name: "a", sloth_id: "b", severity: "c"}\n'
    text = GOOD.replace("  name: availability\n", f"  name: availability\n  {labels}")
    found = recording(text, "slo:objective:ratio")["labels"]
    assert found == {"label_severity": "c", "label_sloth_id": "b", "team_name": "a", **IDENTITY}


def test_windows_are_spelled_as_prometheus_prints_them() -> None:
    """28 days are 4w, as with Sloth."""
    assert [duration(seconds) for seconds in (60, 5_400, 86_400, 2_419_200, 2_592_000)] == [
        "1m",
        "1h30m",
        "1d",
        "4w",
        "30d",
    ]


def test_numbers_read_back_as_themselves() -> None:
    """None is rounded."""
    assert [number(value) for value in (3.0, 14.4, 0.001, 1e-05)] == ["3", "14.4", "0.001", "1e-05"]
