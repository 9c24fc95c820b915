"""Sums by minute, an hour to a document."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from correlator.model.outcome import MinuteChange, MinuteKey, MinuteSums
from correlator.store.elasticsearch.conclusions.minute_hours import (
    HourSums,
    by_hour,
    hour_sums,
    hours_between,
    rows_after,
)

CHANGES = st.dictionaries(
    st.tuples(st.sampled_from("ab"), st.integers(0, 200)),
    st.tuples(st.integers(-2, 2), st.integers(-2, 2)),
    max_size=12,
)


@given(turns=st.lists(CHANGES, max_size=5))
def test_hours_hold_what_minutes_come_to(turns: list[dict[tuple[str, int], tuple[int, int]]]) -> None:
    """As adding up minute by minute, over documents that were written and read again."""
    sums: dict[tuple[str, int], tuple[int, int]] = {}
    documents: dict[tuple[str, int], HourSums] = {}
    for turn in turns:
        for key, (good, total) in turn.items():
            before = sums.get(key, (0, 0))
            sums[key] = (before[0] + good, before[1] + total)
        changes = {MinuteKey(*key): MinuteChange(*change) for key, change in turn.items()}
        for place, of_hour in by_hour(changes).items():
            rows = documents[place].rows if place in documents else ()
            written = msgspec.json.encode(hour_sums(*place, rows_after(rows, of_hour)))
            documents[place] = msgspec.json.decode(written, type=HourSums)
    found = {(each.objective_id, row.minute): (row.good, row.total) for each in documents.values() for row in each.rows}
    assert found == {key: each for key, each in sums.items() if each != (0, 0)}
    for each in documents.values():
        assert (each.good, each.total) == (sum(row.good for row in each.rows), sum(row.total for row in each.rows))
        assert each.first_minute == min((row.minute for row in each.rows), default=None)


def test_an_hour_without_events_has_no_first_minute() -> None:
    """So that nobody takes it for one with events."""
    assert hour_sums("a", 1, [MinuteSums(60, 0, 0)]).first_minute is None


def test_the_hours_of_a_range_are_those_with_a_minute_in_it() -> None:
    """The end is not in it."""
    assert list(hours_between(59, 61)) == [0, 1]
    assert list(hours_between(60, 120)) == [1]
    assert list(hours_between(60, 121)) == [1, 2]
    assert list(hours_between(60, 60)) == []
