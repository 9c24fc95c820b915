"""Minutes that are kept: bounded, and the newest of them."""

import numpy as np

from correlator.doors.prometheus.kept import LATE_MINUTES, MOST_MINUTES, KeptMinutes
from correlator.slo.minute_series import MinuteSeries


def piece(first_minute: int, minutes: int) -> MinuteSeries:
    """Each minute has as many events as its number."""
    numbers = np.arange(first_minute, first_minute + minutes, dtype=np.float64)
    return MinuteSeries(first_minute, numbers, numbers, np.ones(minutes, dtype=np.bool_))


def test_what_is_read_anew_takes_the_place_of_what_was_read() -> None:
    """From where reading goes on."""
    kept = KeptMinutes(100)
    kept.take(piece(100, 50), {}, {})
    assert (kept.end_minute, kept.resume_minute) == (150, 150 - LATE_MINUTES)
    kept.take(piece(120, 40), {}, {})
    assert kept.between(100, 160).total.tolist() == list(range(100, 160))


def test_the_oldest_minutes_go() -> None:
    """Once more than the bound are kept, with the next piece."""
    kept = KeptMinutes(0)
    for _ in range(2):
        kept.take(piece(kept.resume_minute, MOST_MINUTES), {}, {})
    kept.take(piece(kept.resume_minute, LATE_MINUTES + 1), {}, {})
    assert len(kept.series.total) <= MOST_MINUTES + 1
    assert kept.between(kept.first_minute, kept.end_minute).total.tolist() == list(
        range(kept.first_minute, kept.end_minute)
    )
