"""Times and ids as people write them."""

import pytest

from correlator.serve.parameters import INT64_MAX, trace_id, unix_nano


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1769860800000000000", 1769860800000000000),
        ("2026-01-31T12:00:00Z", 1769860800000000000),
        ("2026-01-31t12:00:00z", 1769860800000000000),
        ("2026-01-31T13:30:00+01:30", 1769860800000000000),
        ("2026-01-31T12:00:00.000000001Z", 1769860800000000001),
        ("2026-01-31T12:00:00.5Z", 1769860800500000000),
        ("2016-12-31T23:59:60Z", 1483228800000000000),
        ("0", 0),
    ],
)
def test_a_time_is_exact_to_the_nanosecond(written: str, expected: int) -> None:
    """RFC 3339 and unix nanoseconds, leap second and offset included."""
    assert unix_nano(written) == expected


@pytest.mark.parametrize("written", ["9999-12-31T23:59:59Z", str(2**64), "9" * 40])
def test_a_time_beyond_int64_becomes_the_last_there_is(written: str) -> None:
    """As a bound it means the same."""
    assert unix_nano(written) == INT64_MAX


@pytest.mark.parametrize("written", ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "-" + "9" * 30])
def test_a_time_before_1970_becomes_1970(written: str) -> None:
    """As a bound it means the same: OTLP's times are unsigned."""
    assert unix_nano(written) == 0


@pytest.mark.parametrize(
    "written",
    ["", "yesterday", "2026-01-31", "2026-01-31T12:00:00", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z",
     "2026-01-31T24:00:00Z", "2026-01-31T12:00:00 01:00", "2026-01-31T12:00:00+25:00", "0000-01-01T00:00:00Z", "1.5", "٣"],
)  # fmt: skip
def test_anything_else_is_no_time(written: str) -> None:
    """A time of day without an offset is ambiguous, so it is refused too."""
    with pytest.raises(ValueError, match=r"RFC 3339|no such"):
        unix_nano(written)


def test_a_trace_id_is_lowered() -> None:
    """Some senders print ids in upper case."""
    assert trace_id("4BF92F3577B34DA6A3CE929D0E0E4736") == "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize("written", ["", "4bf9", "4bf92f35-77b3-4da6-a3ce-929d0e0e4736", "g" * 32, "a" * 33, "0" * 32])
def test_a_trace_id_is_32_hexadecimal_digits(written: str) -> None:
    """Nothing else, no dashes."""
    with pytest.raises(ValueError, match="trace id"):
        trace_id(written)
