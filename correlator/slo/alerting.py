"""Which windows call someone now. Alerts begin on what is known, and end only on evidence that the trouble is over.

A window's alert is on while both its burn rates are over the factor. Each rate is over, calm, or not known: over needs an
event; calm needs events too, and half of the window known. One that is calm ends the alert; both over, with the gate
open, begin it; anything else leaves it as it was. So missing data, no traffic and a trickle of events freeze an alert: they
neither begin nor end one. An empty short window cannot outvote a calm long one.

A severity is on while any of its windows is. While the page is on, the ticket of the same objective is inhibited.
"""

from dataclasses import dataclass
from math import ceil
from typing import Final

import numpy as np
import numpy.typing as npt

from correlator.model.objective import Objective, Severity, Window
from correlator.slo.burn_rate import burn_rates
from correlator.slo.coverage import is_calm_enough_known
from correlator.slo.gates import is_open, least_failures
from correlator.slo.minute_series import Bools, SeriesSums, WindowSums, end_minute
from correlator.slo.windows import MINUTE_S, TIE

Calls = npt.NDArray[np.int8]

OVER: Final = 1
CALM: Final = 0
UNDECIDED: Final = -1


@dataclass(frozen=True, slots=True)
class WindowState:
    """One window now. Burn rates are NaN where no event was; `is_frozen` says that nothing could be decided, and `reason` why."""

    window: Window
    is_on: bool
    is_frozen: bool
    long_burn_rate: float
    short_burn_rate: float
    long_coverage: float
    short_coverage: float
    reason: str


@dataclass(frozen=True, slots=True)
class AlertState:
    """Every window of one objective now, in the objective's order."""

    states: tuple[WindowState, ...]

    @property
    def on(self) -> frozenset[Window]:
        """What the next evaluation is told."""
        return frozenset(each.window for each in self.states if each.is_on)

    def is_on(self, severity: Severity) -> bool:
        return any(each.is_on for each in self.states if each.window.severity == severity)

    @property
    def calls(self) -> Severity | None:
        """Whom to call: the page before the ticket, which is inhibited meanwhile."""
        if self.is_on("page"):
            return "page"
        return "ticket" if self.is_on("ticket") else None


def alerts_now(sums: SeriesSums, objective: Objective, on_before: frozenset[Window], now_unix_nano: int) -> AlertState:
    """The state of every window, given those that were on at the evaluation before."""
    end = end_minute(now_unix_nano)
    return AlertState(tuple(_state(sums, objective, window, window in on_before, end) for window in objective.windows))


def alerts_over(
    sums: SeriesSums, objective: Objective, window: Window, end_minutes: npt.ArrayLike, was_on: bool = False
) -> Bools:
    """Whether a window is on at each of these ends, ascending unix minutes: one evaluation after the other. (ends,)"""
    calls = decisions(sums, objective, window, end_minutes)
    places = np.arange(len(calls))
    last_decided = np.maximum.accumulate(np.where(calls != UNDECIDED, places, -1))
    return np.where(last_decided >= 0, calls[last_decided] == OVER, was_on)


def decisions(sums: SeriesSums, objective: Objective, window: Window, end_minutes: npt.ArrayLike) -> Calls:
    """What each end says by itself: OVER begins an alert, CALM ends one, UNDECIDED leaves it. (ends,)"""
    long = sums.over(window.long_window_s // MINUTE_S, end_minutes)
    short = sums.over(window.short_window_s // MINUTE_S, end_minutes)
    return _decided(long, short, objective, window)


def _decided(long: WindowSums, short: WindowSums, objective: Objective, window: Window) -> Calls:
    is_calm = _is_calm(long, objective, window) | _is_calm(short, objective, window)
    is_over = _is_over(long, objective, window) & _is_over(short, objective, window)
    begins = is_over & is_open(objective.gate(window.severity), long, objective.error_budget)
    return np.select([is_calm, begins], [np.int8(CALM), np.int8(OVER)], np.int8(UNDECIDED)).astype(np.int8)


def _is_over(sums: WindowSums, objective: Objective, window: Window) -> Bools:
    """NaN is not over; a tie is not either."""
    return np.asarray(burn_rates(sums, objective) > window.factor * (1.0 + TIE))


def _is_calm(sums: WindowSums, objective: Objective, window: Window) -> Bools:
    """NaN is not calm."""
    is_low = burn_rates(sums, objective) <= window.factor * (1.0 + TIE)
    return np.asarray(is_low & is_calm_enough_known(sums))


def _state(sums: SeriesSums, objective: Objective, window: Window, was_on: bool, end: int) -> WindowState:
    long = sums.over(window.long_window_s // MINUTE_S, end)
    short = sums.over(window.short_window_s // MINUTE_S, end)
    call = int(_decided(long, short, objective, window)[0])
    return WindowState(
        window=window,
        is_on=was_on if call == UNDECIDED else call == OVER,
        is_frozen=call == UNDECIDED,
        long_burn_rate=float(burn_rates(long, objective)[0]),
        short_burn_rate=float(burn_rates(short, objective)[0]),
        long_coverage=float(long.coverage[0]),
        short_coverage=float(short.coverage[0]),
        reason=_reason(call, long, short, objective, window),
    )


def _reason(call: int, long: WindowSums, short: WindowSums, objective: Objective, window: Window) -> str:
    if call == OVER:
        return f"both windows burn faster than {window.factor:g} times the budget's pace"
    if call == CALM:
        which = "long" if _is_calm(long, objective, window)[0] else "short"
        return f"the {which} window burns no faster than {window.factor:g} times the budget's pace"
    for name, sums in (("long", long), ("short", short)):
        if not sums.known_minutes[0]:
            return f"no data in the {name} window"
        if not sums.total[0]:
            return f"no events in the {name} window"
    if _is_over(long, objective, window)[0] and _is_over(short, objective, window)[0]:
        gate = objective.gate(window.severity)
        seen = f"{long.failures[0]:g} failures in {long.total[0]:g} events"
        needed = max(1, ceil(least_failures(gate, long, objective.error_budget)[0]))
        return f"{seen}; {needed} in {gate.min_events} are needed to begin an alert"
    return "too little of the windows is known to call them calm"
