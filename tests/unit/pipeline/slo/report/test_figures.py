"""Numbers as people read them."""

import pytest

from correlator.pipeline.slo.report import figures


@pytest.mark.parametrize(
    ("ratio", "told"),
    [(0.9999996, "99.999%"), (0.999, "99.900%"), (1.0, "100.000%"), (0.0, "0.000%"), (None, "–")],  # noqa: RUF001
)
def test_what_was_attained_is_never_rounded_up(ratio: float | None, told: str) -> None:
    """Nor is 0.999 cut to 99.899 by floating point."""
    assert figures.attained(ratio) == told


@pytest.mark.parametrize(
    ("ratio", "told"), [(0.5, "50.0%"), (0.0001, "<0.1%"), (-0.0001, ">-0.1%"), (0.0, "0.0%"), (-8.934, "-893.4%")]
)
def test_a_share_that_is_something_is_not_shown_as_nothing(ratio: float, told: str) -> None:
    """Overspent budgets are below zero."""
    assert figures.share(ratio) == told


@pytest.mark.parametrize(("number", "told"), [(1_234.0, "1,234"), (0.5, "0.5"), (2.02, "2")])
def test_parts_of_events_are_told(number: float, told: str) -> None:
    """Where there are any."""
    assert figures.counted(number) == told


@pytest.mark.parametrize(
    ("seconds", "told"), [(3.2, "3s"), (60, "1m"), (3_599, "1h 00m"), (7_500, "2h 05m"), (90_000, "1d 01h")]
)
def test_a_length_has_two_units(seconds: float, told: str) -> None:
    """At most."""
    assert figures.lasted(seconds) == told


@pytest.mark.parametrize(
    ("burn_rate", "told"),
    [
        (0.0, "0x"),
        (1_000.0, "1,000x"),
        (333.3, "333x"),
        (14.4, "14.4x"),
        (0.999999, "1x"),
        (0.00001234, "0.0000123x"),
        (100.0, "100x"),
    ],
)
def test_a_rate_has_three_digits_that_matter(burn_rate: float, told: str) -> None:
    """And never an exponent."""
    assert figures.rate(burn_rate) == told
