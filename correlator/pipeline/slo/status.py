"""Is a promise kept, and what burns it: everything that is said of an objective at one moment."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from correlator.errors import Unavailable
from correlator.model.objective import DAY_S, Objective, Severity, Window
from correlator.pipeline.slo.objectives import Objectives
from correlator.slo.alerting import WindowState, alerts_now, alerts_over
from correlator.slo.budget import Budget, budget
from correlator.slo.burn_rate import burn_rates
from correlator.slo.coverage import Verdict
from correlator.slo.minute_series import MINUTE_NANO, SeriesSums, end_minute, minute_series
from correlator.slo.windows import HOUR_S, MINUTE_S
from correlator.store.contract import OutcomeLedger

State = Literal["met", "missed", "unknown", "page", "ticket"]
"""What objectives are asked for: how they stand, or whom they call."""

SHOWN_WINDOWS_S: Final = (5 * MINUTE_S, 30 * MINUTE_S, HOUR_S, 2 * HOUR_S, 6 * HOUR_S, DAY_S, 3 * DAY_S)
"""Burn rates of these are told of every objective, as Sloth records them, beside those of its own windows and the period."""


@dataclass(frozen=True, slots=True)
class WindowBurn:
    """One window that ends now. `burn_rate` is None where no event was. Events and failures are what the budget is counted in."""

    window_s: int
    burn_rate: float | None
    events: float
    failures: float
    coverage: float


@dataclass(frozen=True, slots=True)
class WindowAlert:
    """One alert window now. `since_unix_nano` is None unless it is on."""

    state: WindowState
    since_unix_nano: int | None


@dataclass(frozen=True, slots=True)
class ObjectiveStatus:
    """One objective at a moment. `reason` says in words why the verdict is what it is, an unknown one above all.

    `burns` are by length, each once: the shown windows, those of its alerts, the period.
    """

    objective: Objective
    at_unix_nano: int
    budget: Budget
    burns: tuple[WindowBurn, ...]
    alerts: tuple[WindowAlert, ...]
    reason: str

    @property
    def verdict(self) -> Verdict:
        return self.budget.compliance.verdict

    @property
    def calls(self) -> Severity | None:
        """Whom to call: the page before the ticket, which is inhibited meanwhile."""
        on = {each.state.window.severity for each in self.alerts if each.state.is_on}
        return "page" if "page" in on else "ticket" if "ticket" in on else None

    def is_in(self, state: State) -> bool:
        return state in (self.verdict, self.calls)

    @property
    def pace(self) -> WindowBurn:
        """The window whose burn rate says for how long the budget lasts."""
        return next(each for each in self.burns if each.window_s == HOUR_S)


class StatusReader:
    """Statuses of the objectives in force. A moment that has not come is now."""

    def __init__(
        self, objectives: Objectives, ledger: OutcomeLedger, clock_unix_nano: Callable[[], int] = time.time_ns
    ) -> None:
        self.objectives = objectives
        self._ledger = ledger
        self._clock = clock_unix_nano

    def find(self, objective_id: str, at_unix_nano: int | None = None) -> ObjectiveStatus | None:
        """None where there is no such objective. Raises Unavailable where its events are elsewhere, and cannot be asked for."""
        objective = self.objectives.find(objective_id)
        if objective is None:
            return None
        at, on = self._moment(at_unix_nano)
        sums = self.objectives.sums(objective, at)
        return status_of(objective, sums, at, None if on is None else on[objective.id])

    def statuses(self, objectives: Iterable[Objective], at_unix_nano: int | None = None) -> Iterator[ObjectiveStatus]:
        """One by one, as they are asked for. One whose events cannot be asked for is unknown, with the reason."""
        at, on = self._moment(at_unix_nano)
        for each in objectives:
            on_before = None if on is None else on[each.id]
            try:
                yield status_of(each, self.objectives.sums(each, at), at, on_before)
            except Unavailable as error:
                yield status_of(each, _nothing(at), at, on_before, str(error))

    def _moment(self, at_unix_nano: int | None) -> "tuple[int, Mapping[str, Mapping[Window, int]] | None]":
        """When, and since which minute windows are on, by objective; None where that must be told from the minutes before."""
        now = self._clock()
        if at_unix_nano is not None and at_unix_nano < now:
            return at_unix_nano, None
        on: defaultdict[str, dict[Window, int]] = defaultdict(dict)
        for each in self._ledger.burning_windows():
            on[each.objective_id][each.window] = each.since_minute
        return now, on


def status_of(
    objective: Objective,
    sums: SeriesSums,
    now_unix_nano: int,
    on_before: Mapping[Window, int] | None = None,
    unread: str = "",
) -> ObjectiveStatus:
    """The status now, of the sums over its period. `on_before`: since which minute windows were on at the evaluation before;
    None replays the evaluations of the period, one a minute. `unread` says why there are no sums.
    """
    before = _replayed(objective, sums, now_unix_nano) if on_before is None else on_before
    state = alerts_now(sums, objective, frozenset(before), now_unix_nano)
    this_minute = end_minute(now_unix_nano) - 1
    alerts = (
        WindowAlert(each, before.get(each.window, this_minute) * MINUTE_NANO if each.is_on else None)
        for each in state.states
    )
    spent = budget(sums, objective, now_unix_nano)
    burns = _burns(objective, sums, now_unix_nano)
    return ObjectiveStatus(objective, now_unix_nano, spent, burns, tuple(alerts), unread or spent.compliance.reason)


def window_lengths(objective: Objective) -> tuple[int, ...]:
    """In seconds, ascending, each once: the shown windows, those of its alerts, the period."""
    own = (length for each in objective.windows for length in (each.long_window_s, each.short_window_s))
    return tuple(sorted({*SHOWN_WINDOWS_S, *own, objective.period_s}))


def _burns(objective: Objective, sums: SeriesSums, now_unix_nano: int) -> tuple[WindowBurn, ...]:
    lengths = window_lengths(objective)
    windows = sums.over(np.array(lengths) // MINUTE_S, end_minute(now_unix_nano))
    columns = (burn_rates(windows, objective), windows.total, windows.failures, windows.coverage)
    rows = zip(lengths, *(column.tolist() for column in columns), strict=True)
    return tuple(
        WindowBurn(length, None if np.isnan(rate) else rate, events, max(0.0, failures), coverage)
        for length, rate, events, failures, coverage in rows
    )


def _replayed(objective: Objective, sums: SeriesSums, now_unix_nano: int) -> dict[Window, int]:
    """The windows that were on a minute ago, and since when, as the evaluations of the period before decided."""
    end = end_minute(now_unix_nano)
    ends = np.arange(end - objective.period_s // MINUTE_S, end)
    on: dict[Window, int] = {}
    for window in objective.windows:
        is_on = alerts_over(sums, objective, window, ends)
        if is_on[-1]:
            last_off = np.flatnonzero(~is_on)[-1:]
            on[window] = int(ends[last_off[0] + 1 if last_off.size else 0]) - 1
    return on


def _nothing(now_unix_nano: int) -> SeriesSums:
    return SeriesSums(minute_series(end_minute(now_unix_nano), [], []))
