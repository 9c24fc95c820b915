"""The ledger: each event counts once."""

import numpy as np

from correlator.model.outcome import EventKey, MinuteChange, MinuteKey, MinuteSums, Outcome, Posting
from correlator.slo.ledger import post, restate, series_of

SPAN, REST = 0, 1


def outcome(identity: str = "e1", minute: int = 10, is_good: bool = True, authority: int = SPAN) -> Outcome:
    """Of the objective `o`."""
    return Outcome("o", identity, minute, is_good, authority)


def change(posting: Posting, minute: int = 10) -> tuple[int, int]:
    """(good, total) added to a minute."""
    found = posting.changes.get(MinuteKey("o", minute), MinuteChange(0, 0))
    return found.good, found.total


def test_an_outcome_is_counted_in_its_minute() -> None:
    """However late it comes."""
    posting = post([outcome(), outcome("e2", is_good=False)], {})
    assert change(posting) == (1, 2)
    assert set(posting.standing) == {EventKey("o", "e1"), EventKey("o", "e2")}


def test_what_arrives_twice_is_counted_once() -> None:
    """In one batch, or in two."""
    first = post([outcome(), outcome()], {})
    assert change(first) == (1, 1)
    assert post([outcome()], first.standing) == Posting({}, {})


def test_a_correction_corrects_the_minute() -> None:
    """n8n's database knows better than a span: the total stays."""
    first = post([outcome()], {})
    corrected = post([outcome(is_good=False, authority=REST)], first.standing)
    assert change(corrected) == (-1, 0)
    assert post([outcome()], corrected.standing) == Posting({}, {})


def test_a_correction_may_move_an_event() -> None:
    """Out of one minute, into another."""
    first = post([outcome(minute=10)], {})
    moved = post([outcome(minute=12, authority=REST)], first.standing)
    assert change(moved, 10) == (-1, -1)
    assert change(moved, 12) == (1, 1)


def test_of_equals_the_failure_stands() -> None:
    """Whichever comes first."""
    told = [outcome(is_good=True), outcome(is_good=False)]
    assert change(post(told, {})) == change(post(told[::-1], {})) == (0, 1)


def test_objectives_do_not_share_events() -> None:
    """One execution counts for each that looks at it."""
    posting = post([outcome(), Outcome("other", "e1", 10, False)], {})
    assert posting.changes == {
        MinuteKey("o", 10): MinuteChange(1, 1),
        MinuteKey("other", 10): MinuteChange(0, 1),
    }


def test_rows_become_a_series() -> None:
    """Minutes outside are left out; those without a row had no events."""
    rows = [MinuteSums(10, 1, 2), MinuteSums(12, 3, 3), MinuteSums(9, 5, 5), MinuteSums(13, 5, 5)]
    series = series_of(rows, 10, 3, known=[True, True, False])
    assert series.good.tolist() == [1, 0, 0]
    assert series.total.tolist() == [2, 0, 0]
    assert np.array_equal(series.known, [True, True, False])


def test_who_knows_all_restates() -> None:
    """A judgement made anew stands, whatever stood before: also a better one, also of less authority."""
    before = post([outcome(is_good=False, authority=REST), outcome("e2")], {}).standing
    restated = restate([outcome(minute=11), outcome("e2")], [], before)
    assert restated.standing == {EventKey("o", "e1"): outcome(minute=11)}
    assert (change(restated, 10), change(restated, 11)) == ((0, -1), (1, 1))


def test_what_turned_out_to_be_no_event_is_taken_back() -> None:
    """Its minute forgets it; of what was never counted nothing is taken."""
    before = post([outcome()], {}).standing
    restated = restate([], [EventKey("o", "e1"), EventKey("o", "e9")], before)
    assert restated.gone == {EventKey("o", "e1")}
    assert change(restated) == (-1, -1)
    assert restate([outcome()], [EventKey("o", "e1")], before) == Posting({}, {})
