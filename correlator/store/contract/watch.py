"""What the watch keeps from turn to turn, and what a turn of it comes to."""

from dataclasses import dataclass

from correlator.model.incident import ErrorGroup, Incident, PendingCause, WaitingTrace


@dataclass(frozen=True, slots=True)
class WatchState:
    """What the watch keeps between its turns, committed as one."""

    position: int = -1  # all errors up to here are accounted for, or their trace is waiting
    pending: tuple[PendingCause, ...] = ()
    waiting: tuple[WaitingTrace, ...] = ()


@dataclass(frozen=True, slots=True)
class WatchCommit:
    state: WatchState
    incidents: tuple[Incident, ...] = ()  # new or changed
    error_groups: tuple[ErrorGroup, ...] = ()  # new or changed, with their total counts
