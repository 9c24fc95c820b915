"""Durations as Go reads them."""

import pytest

from correlator.serve.jaeger.go_duration import INT64_MAX, duration_nano


@pytest.mark.parametrize(
    ("text", "nanos"),
    [
        ("0", 0),
        ("1.5s", 1_500_000_000),
        (".5ms", 500_000),
        ("2.us", 2_000),
        ("1h2m3s", 3_723_000_000_000),
        ("7\u00b5s", 7_000),
        ("7\u03bcs", 7_000),
        ("-1ns", -1),
        ("0.1ns", 0),
        ("99999999999h", INT64_MAX),
    ],
)
def test_a_duration_has_units(text: str, nanos: int) -> None:
    """Several are added; beyond int64 it is the greatest."""
    assert duration_nano(text) == nanos


@pytest.mark.parametrize("text", ["", "5", "s", "1.5 s", "1d", "1s5", "+-1s", "1e3s", "٣s", "1ss"])
def test_anything_else_is_refused_with_what_is_expected(text: str) -> None:
    """A number without a unit among it."""
    with pytest.raises(ValueError, match="number and a unit"):
        duration_nano(text)
