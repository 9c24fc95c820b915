"""Bounds of time as Elasticsearch takes them."""

import pytest

from correlator.store.elasticsearch.queries import TIME, in_pieces, rfc3339, within

T0 = 1_760_000_000_000_000_001


def test_a_time_is_told_to_the_nanosecond() -> None:
    """Where a number would be taken for milliseconds."""
    assert rfc3339(T0) == "2025-10-09T08:53:20.000000001Z"
    assert rfc3339(-1) == "1970-01-01T00:00:00.000000000Z"


@pytest.mark.parametrize(
    ("start", "end", "bounds"),
    [
        (T0, T0 + 1, {"gte": rfc3339(T0), "lt": rfc3339(T0 + 1)}),
        (None, T0, {"lt": rfc3339(T0)}),
        (0, T0, {"lt": rfc3339(T0)}),
        (T0, 2**63 - 1, {"gte": rfc3339(T0)}),
        (T0, None, {"gte": rfc3339(T0)}),
    ],
)
def test_a_range_has_the_bounds_that_the_server_can_hold(
    start: int | None, end: int | None, bounds: dict[str, str]
) -> None:
    """The others bound nothing: no record is outside of them."""
    assert within(start, end) == {"range": {TIME: bounds}}


@pytest.mark.parametrize(("start", "end"), [(None, None), (0, 2**63 - 1), (-5, 2**64)])
def test_forever_is_no_condition(start: int | None, end: int | None) -> None:
    """All records match."""
    assert within(start, end) is None


def test_values_come_in_pieces_each_once() -> None:
    """As many at a time as one query takes."""
    assert list(in_pieces([1, 2, 1, 3], 2)) == [[1, 2], [3]]
    assert list(in_pieces([], 2)) == []
