"""The watch's state as it is kept: with the numbering that its positions are of. Pure."""

from dataclasses import dataclass

from correlator.store.contract import WatchState
from correlator.store.elasticsearch.requests.numbering import UNKNOWN, Numbering


@dataclass(frozen=True, slots=True)
class KeptWatch(WatchState):
    numbering: Numbering = UNKNOWN

    def resumed_at(self, position: int) -> WatchState:
        """The state, to go on from there. Traces that wait for requests behind it wait no more: those are gone, or come again."""
        is_as_left = position == self.position
        waiting = tuple(each for each in self.waiting if is_as_left or each.first_position <= position)
        return WatchState(position, self.pending, waiting)


def kept_watch(state: WatchState, numbering: Numbering) -> KeptWatch:
    return KeptWatch(state.position, state.pending, state.waiting, numbering)
