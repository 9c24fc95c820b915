"""What was ever counted, and what counters show of it."""

from collections import defaultdict
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from correlator.model.objective import Slices
from correlator.model.outcome import MinuteChange, MinuteSums, RunningCount
from correlator.slo.ledger import series_of
from correlator.slo.running_count import NOTHING, count_events, count_slices
from correlator.slo.time_slices import sliced
from tests.unit.slo.series import FIRST

FIVE = Slices(300, 0.9)
RATIO = Slices(300, None)


class Minutes:
    """Minutes as a ledger keeps them, and the count of their slices turn by turn."""

    def __init__(self, slices: Slices) -> None:
        self.slices = slices
        self.sums: defaultdict[int, MinuteChange] = defaultdict(lambda: MinuteChange(0, 0))
        self.count = NOTHING

    def read(self, first: int, end: int) -> Iterable[MinuteSums]:
        return [MinuteSums(each, sums.good, sums.total) for each, sums in self.sums.items() if first <= each < end]

    def turn(self, this_minute: int, **changes: tuple[int, int]) -> RunningCount:
        """At so many minutes after FIRST; changes are m0, m7, ..."""
        by_minute = {FIRST + int(name[1:]): MinuteChange(*change) for name, change in changes.items()}
        self.count = count_slices(self.count, by_minute, self.slices, self.read, FIRST + this_minute)
        for minute, change in by_minute.items():
            before = self.sums[minute]
            self.sums[minute] = MinuteChange(before.good + change.good, before.total + change.total)
        return self.count


def shown(count: RunningCount) -> tuple[float, float]:
    return count.shown_good, count.shown_total


def test_events_are_counted_when_they_come() -> None:
    """Whatever their minute."""
    first = count_events(NOTHING, [MinuteChange(9, 10), MinuteChange(1, 1)])
    assert shown(first) == (10.0, 11.0)
    assert shown(count_events(first, [])) == (10.0, 11.0)


def test_a_correction_holds_the_good_counter_back_until_it_is_made_up_for() -> None:
    """A counter that falls would be a reset: all of it would look new."""
    count = count_events(NOTHING, [MinuteChange(10, 10)])
    count = count_events(count, [MinuteChange(-2, 0)])
    assert shown(count) == (10.0, 10.0)
    count = count_events(count, [MinuteChange(2, 2)])
    assert shown(count) == (10.0, 12.0)
    assert shown(count_events(count, [MinuteChange(1, 1)])) == (11.0, 13.0)


def test_a_slice_counts_once_it_is_over() -> None:
    """Before, it is not judged."""
    minutes = Minutes(FIVE)
    assert shown(minutes.turn(3, m0=(10, 10), m2=(9, 10))) == (0.0, 0.0)
    assert shown(minutes.turn(4, m4=(0, 1))) == (0.0, 0.0)
    assert shown(minutes.turn(5)) == (1.0, 1.0)  # 19 of 21


def test_a_slice_without_events_is_none() -> None:
    """However many go by."""
    minutes = Minutes(FIVE)
    minutes.turn(1, m0=(1, 1))
    assert shown(minutes.turn(1_000)) == (1.0, 1.0)


def test_a_late_event_counts_its_slice_anew() -> None:
    """One that had none becomes one; a good one turns bad, and holds the counter back."""
    minutes = Minutes(FIVE)
    minutes.turn(1, m0=(1, 1))
    assert shown(minutes.turn(20)) == (1.0, 1.0)
    assert shown(minutes.turn(20, m7=(0, 1))) == (1.0, 2.0)
    assert shown(minutes.turn(20, m1=(0, 1))) == (1.0, 2.0)
    assert minutes.count.good == 0.0
    assert shown(minutes.turn(40, m20=(1, 1), m31=(1, 1))) == (2.0, 4.0)


def test_an_event_of_long_ago_is_its_own_slice_only() -> None:
    """A sender whose clock stood at 1970 tells it first of all: the decades since are not looked through."""
    spans: list[int] = []

    def read(first: int, end: int) -> Iterable[MinuteSums]:
        spans.append(end - first)
        return ()

    count = count_slices(NOTHING, {0: MinuteChange(1, 1)}, FIVE, read, FIRST)
    assert shown(count) == (1.0, 1.0)
    assert spans == [5]


def test_a_budget_that_changes_from_events_to_slices_goes_on_from_what_was_shown() -> None:
    """From now on; what was counted as events is not counted as slices too."""
    minutes = Minutes(FIVE)
    minutes.sums[FIRST - 60] = MinuteChange(7, 7)
    minutes.count = count_events(NOTHING, [MinuteChange(7, 7)])
    assert shown(minutes.turn(0)) == (7.0, 7.0)
    assert shown(minutes.turn(6, m1=(1, 1))) == (8.0, 8.0)


def test_a_slice_counts_by_its_ratio_where_each_has_its_own() -> None:
    """Parts of events."""
    minutes = Minutes(RATIO)
    assert shown(minutes.turn(10, m0=(3, 4), m5=(1, 1))) == (1.75, 2.0)


CHANGES = st.dictionaries(
    st.integers(0, 30).map("m{}".format),
    st.integers(0, 5).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))),
    max_size=4,
)


@given(st.lists(CHANGES, max_size=8), st.sampled_from([FIVE, RATIO]))
def test_turn_by_turn_comes_to_the_same_as_all_at_once(turns: list[dict[str, tuple[int, int]]], slices: Slices) -> None:
    """Whenever events come, what is counted in the end is the worth of the whole series, and what is shown never falls."""
    minutes = Minutes(slices)
    before = (0.0, 0.0)
    for number, changes in enumerate([*turns, {}]):
        count = minutes.turn(31 if number == len(turns) else number * 4, **changes)
        assert shown(count)[0] >= before[0] and shown(count)[1] >= before[1]
        assert shown(count)[0] <= shown(count)[1]
        before = shown(count)
    whole = sliced(series_of(minutes.read(FIRST, FIRST + 30), FIRST, 30), slices)
    assert abs(minutes.count.good - whole.good.sum()) < 1e-9
    assert minutes.count.total == whole.total.sum()
