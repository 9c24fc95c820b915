"""From when on a request's marker may go."""

import pytest

from correlator.store.elasticsearch.requests.marker_upkeep import DAY_S, gone_before

NOW = 2_000 * int(DAY_S * 1e9)


@pytest.mark.parametrize(
    ("retention_days", "days"),
    [
        pytest.param(1 / 24, 1 / 24 + 1 / 24 + 1, id="rolled over within the hour"),
        pytest.param(30, 30 + 7 + 1, id="rolled over within the week"),
        pytest.param(90, 90 + 7 + 1, id="rolled over within the week, at the longest"),
        pytest.param(365, 365 + 30 + 1, id="rolled over within the month"),
    ],
)
def test_a_marker_stays_for_retention_the_longest_rollover_and_a_day(retention_days: float, days: float) -> None:
    """By then its records were deleted with their index."""
    assert gone_before(NOW, retention_days * DAY_S) == pytest.approx(NOW - days * DAY_S * 1e9, abs=1e3)
