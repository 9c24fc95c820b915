"""Windows and factors, against the SRE workbook's table 5-8."""

import pytest

from correlator.slo.windows import budget_share, least_target, max_burn_rate, standard_windows, unreachable

HOUR = 3_600


def test_the_workbooks_table() -> None:
    """Severity, windows, factor and budget at 30 days."""
    assert [(each.severity, each.long_window_s, each.short_window_s, each.factor) for each in standard_windows(30)] == [
        ("page", HOUR, HOUR // 12, 14.4),
        ("page", 6 * HOUR, HOUR // 2, 6.0),
        ("ticket", 24 * HOUR, 2 * HOUR, 3.0),
        ("ticket", 72 * HOUR, 6 * HOUR, 1.0),
    ]
    assert [budget_share(each, 30) for each in standard_windows(30)] == pytest.approx([0.02, 0.05, 0.1, 0.1])


def test_factors_are_computed_anew_for_another_period() -> None:
    """28 days give 13.44, not 14.4."""
    assert [each.factor for each in standard_windows(28)] == pytest.approx([13.44, 5.6, 2.8, 0.933333333333])
    assert [budget_share(each, 28) for each in standard_windows(28)] == pytest.approx([0.02, 0.05, 0.1, 0.1])


def test_nothing_burns_faster_than_everything_failing() -> None:
    """1 / (1 - objective)."""
    assert max_burn_rate(0.999) == 1_000
    assert max_burn_rate(0.9) == 10


def test_an_objective_below_93_06_percent_never_pages() -> None:
    """Its burn rate cannot exceed 14.4; at exactly the bound a tie does not fire either."""
    (fast, *_) = standard_windows(30)
    assert least_target(fast) == pytest.approx(0.930556, abs=1e-6)
    assert unreachable([fast], 0.93) == (fast,)
    assert unreachable([fast], least_target(fast)) == (fast,)
    assert unreachable([fast], 0.931) == ()
    assert unreachable(standard_windows(30), 0.999) == ()
