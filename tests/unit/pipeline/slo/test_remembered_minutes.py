"""Minutes in memory are those of the ledger."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator.errors import StorageFull
from correlator.model.outcome import MinuteChange, MinuteKey, Posting
from correlator.pipeline.slo.objectives import Objectives
from correlator.pipeline.slo.remembered_minutes import SLACK_MINUTES, RememberedMinutes
from correlator.slo.ledger import series_of
from correlator.slo.minute_series import MinuteSeries
from correlator.store.contract import LedgerCommit, LedgerState
from correlator.store.memory import MemoryStore
from tests.unit.pipeline.slo.counted import BRIDGE, QUEUE, count
from tests.unit.slo.series import FIRST, after


def a_commit(
    changes: dict[int, tuple[int, int]], known: tuple[int, ...] = (), forget: int | None = None
) -> LedgerCommit:
    """Minutes after FIRST."""
    posting = Posting({}, {MinuteKey(BRIDGE.id, FIRST + each): MinuteChange(*sums) for each, sums in changes.items()})
    minutes = {FIRST + each for each in (*changes, *known)}
    return LedgerCommit(
        LedgerState(0), posting, minutes, forget_before_minute=None if forget is None else FIRST + forget
    )


def in_the_ledger(store: MemoryStore, first: int, end: int) -> MinuteSeries:
    known = np.zeros(end - first, dtype=np.bool_)
    known[[each - first for each in store.known_minutes(first, end)]] = True
    return series_of(store.minute_sums(BRIDGE.id, first, end), first, end - first, known)


def assert_same(left: MinuteSeries, right: MinuteSeries) -> None:
    assert left.first_minute == right.first_minute
    for name in ("good", "total", "known"):
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name))


COMMITS = st.lists(
    st.tuples(
        st.dictionaries(st.integers(0, 40), st.tuples(st.integers(0, 3), st.integers(3, 9)), max_size=4),
        st.lists(st.integers(0, 40), max_size=3).map(tuple),
        st.none() | st.integers(0, 20),
        st.none() | st.integers(0, 40),
    ),
    max_size=8,
)


@given(COMMITS, st.integers(0, 40), st.integers(0, 40))
def test_after_any_commits_memory_and_ledger_say_the_same(
    turns: list[tuple[dict[int, tuple[int, int]], tuple[int, ...], int | None, int | None]], first: int, length: int
) -> None:
    """Whenever it began to remember, and whatever was forgotten since."""
    store = MemoryStore()
    remembered = RememberedMinutes(store)
    for changes, known, forget, remember_from in turns:
        if remember_from is not None:
            remembered.remember(BRIDGE.id, FIRST + remember_from)
            remembered.series(BRIDGE.id, FIRST, FIRST + 1)  # known minutes are remembered, too
        remembered.commit(a_commit(changes, known, forget))
    begin, end = FIRST + first, FIRST + first + length
    assert_same(remembered.series(BRIDGE.id, begin, end), in_the_ledger(store, begin, end))


def test_a_correction_takes_back_what_it_took_back() -> None:
    """Changes may be negative."""
    store = MemoryStore()
    remembered = RememberedMinutes(store)
    remembered.remember(BRIDGE.id, FIRST)
    remembered.commit(a_commit({3: (2, 2)}))
    remembered.commit(a_commit({3: (-1, -1), 4: (1, 1)}))
    assert remembered.series(BRIDGE.id, FIRST, FIRST + 5).good.tolist() == [0, 0, 0, 1, 1]


def test_what_is_remembered_is_not_read_again() -> None:
    """A commit past it is not seen: that is why all must go through it."""
    store = MemoryStore()
    remembered = RememberedMinutes(store)
    remembered.remember(BRIDGE.id, FIRST)
    count(store, {1: (1, 1)})
    assert remembered.series(BRIDGE.id, FIRST, FIRST + 2).total.sum() == 0


def test_what_no_window_reaches_any_more_is_let_go_a_day_later() -> None:
    """The ledger still has it."""
    store = MemoryStore()
    remembered = RememberedMinutes(store)
    remembered.commit(a_commit({1: (1, 1), 5_000: (2, 2)}))
    remembered.remember(BRIDGE.id, FIRST)
    remembered.remember(BRIDGE.id, FIRST + 2 + SLACK_MINUTES)
    held = remembered._rows[BRIDGE.id]
    assert held.minute.tolist() == [FIRST + 5_000]
    assert remembered.series(BRIDGE.id, FIRST, FIRST + 5_001).total.sum() == 3


def test_past_its_bound_the_longest_unused_is_forgotten() -> None:
    """And read again when it is asked for."""
    store = MemoryStore()
    count(store, dict.fromkeys(range(100), (1, 1)))
    count(store, dict.fromkeys(range(100), (2, 2)), objective_id=QUEUE.id)
    remembered = RememberedMinutes(store, max_bytes=1_500)  # 1,200 B a hundred minutes
    for each in (BRIDGE.id, QUEUE.id):
        remembered.remember(each, FIRST)
    assert list(remembered._rows) == [QUEUE.id]
    assert remembered.series(BRIDGE.id, FIRST, FIRST + 100).total.sum() == 100


def test_a_commit_that_fails_changes_nothing() -> None:
    """Neither here nor there."""

    class FullStore(MemoryStore):
        def commit_ledger(self, commit: LedgerCommit) -> None:
            raise StorageFull("the disk is full", retry_after_s=5)

    remembered = RememberedMinutes(FullStore())
    remembered.remember(BRIDGE.id, FIRST)
    with pytest.raises(StorageFull):
        remembered.commit(a_commit({1: (1, 1)}))
    assert remembered.series(BRIDGE.id, FIRST, FIRST + 2).total.sum() == 0


def test_objectives_read_the_same_with_and_without_memory() -> None:
    """Sums over the period, before and after a commit through them."""
    store = MemoryStore()
    count(store, dict.fromkeys(range(50), (9, 10)))
    plain = Objectives([BRIDGE], store)
    kept = Objectives([BRIDGE], store, remembered=RememberedMinutes(store))
    for changes in ({}, {7: (0, 5)}):
        kept.commit(a_commit(changes))
        windows = [objectives.sums(BRIDGE, after(60)).over(60, FIRST + 60) for objectives in (plain, kept)]
        assert windows[0].total.tolist() == windows[1].total.tolist()
        assert windows[0].coverage.tolist() == windows[1].coverage.tolist()


def test_while_another_counts_nothing_is_remembered() -> None:
    """All is read from the ledger, and what was remembered before is forgotten: the other may have changed it."""
    store, is_ours = MemoryStore(), [True]
    remembered = RememberedMinutes(store, is_exact=lambda: is_ours[0])
    remembered.commit(a_commit({3: (1, 2)}))
    remembered.remember(BRIDGE.id, FIRST)
    is_ours[0] = False
    store.commit_ledger(a_commit({3: (1, 1), 5: (1, 1)}))
    remembered.remember(BRIDGE.id, FIRST)
    assert_same(remembered.series(BRIDGE.id, FIRST, FIRST + 9), in_the_ledger(store, FIRST, FIRST + 9))
    is_ours[0] = True
    assert_same(remembered.series(BRIDGE.id, FIRST, FIRST + 9), in_the_ledger(store, FIRST, FIRST + 9))


def test_a_new_term_begins_with_nothing_remembered() -> None:
    """Another may have counted between two terms, though nobody asked meanwhile."""
    store = MemoryStore()
    remembered = RememberedMinutes(store)
    remembered.remember(BRIDGE.id, FIRST)
    remembered.series(BRIDGE.id, FIRST, FIRST + 9)
    store.commit_ledger(a_commit({3: (1, 2)}))
    remembered.forget()
    assert_same(remembered.series(BRIDGE.id, FIRST, FIRST + 9), in_the_ledger(store, FIRST, FIRST + 9))
