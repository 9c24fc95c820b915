"""The watch's state where the numbers of requests began anew."""

import msgspec

from correlator.model.incident import WaitingTrace
from correlator.store.contract import WatchState
from correlator.store.elasticsearch.conclusions.kept_watch import KeptWatch, kept_watch
from correlator.store.elasticsearch.requests.numbering import Numbering, is_another

EARLY, LATE = WaitingTrace("a", 5, 1, 1), WaitingTrace("b", 9, 1, 1)
STATE = WatchState(7, (), (EARLY, LATE))


def test_a_state_is_read_as_it_was_kept() -> None:
    """With its numbering; a trace may wait for a request that is not accounted for yet."""
    kept = kept_watch(STATE, Numbering("h", 3))
    assert msgspec.json.decode(msgspec.json.encode(kept), type=KeptWatch) == kept
    assert kept.resumed_at(7) == STATE


def test_traces_do_not_wait_for_requests_that_come_again() -> None:
    """Their errors are read once more, with other positions; those would look as if they had been accounted for."""
    assert kept_watch(STATE, Numbering("h", 3)).resumed_at(6) == WatchState(6, (), (EARLY,))
    assert kept_watch(STATE, Numbering("h", 3)).resumed_at(-1) == WatchState(-1)


def test_a_numbering_is_another_only_where_both_are_known() -> None:
    """While no primary tells, nothing has begun anew."""
    assert is_another(Numbering("h", 3), "g")
    assert not is_another(Numbering("h", 3), "h")
    assert not is_another(Numbering("h", 3), "")
    assert not is_another(Numbering(), "h")
