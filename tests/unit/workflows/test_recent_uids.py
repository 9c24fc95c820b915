"""Which callbacks are known as doubles."""

from correlator.workflows.recent_uids import RecentUids


def test_the_last_added_are_remembered() -> None:
    """One that comes again counts anew."""
    uids = RecentUids(2)
    assert [uids.add(uid) for uid in ("a", "b", "a", "c")] == [True, True, False, True]
    assert [uid in uids for uid in ("a", "b", "c")] == [True, False, True]


def test_older_ones_give_way_to_newer_ones() -> None:
    """Read back from the newest on, with callbacks coming meanwhile: the newest are those that may come again."""
    uids = RecentUids(3)
    uids.add_older("yesterday 2")
    uids.add("now 1")
    uids.add_older("yesterday 1")
    uids.add_older("the day before")
    assert "the day before" not in uids
    uids.add("now 2")
    assert [uid in uids for uid in ("yesterday 1", "yesterday 2", "now 1", "now 2")] == [False, True, True, True]
