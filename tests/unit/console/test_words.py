"""Words, numbers and times as people read them."""

import pytest

from correlator.console import duration, plain


def test_words_from_outside_cannot_steer_the_terminal() -> None:
    """Control sequences, markup and direction overrides come out as text."""
    assert plain("a\x1b[31mb\x00c\u202ed\r\ne").plain == "a [31mb c d e"


@pytest.mark.parametrize(
    ("nanos", "expected"),
    [
        (0, "0 ns"),
        (999, "999 ns"),
        (1_500, "1.5 µs"),
        (250_000_000, "250 ms"),
        (1_234_000_000, "1.23 s"),
        (5 * 10**12, "5000 s"),
    ],
)
def test_a_duration_is_in_the_unit_that_reads_best(nanos: int, expected: str) -> None:
    """Three digits are enough."""
    assert duration(nanos) == expected
