"""Whom the alerts of an objective would have called, minute by minute, with the arithmetic of the live engine.

Each minute is judged at its end, by the minutes until then. The engine looks more often, and with the minute that runs: it
may call up to a minute earlier. What arrived late is counted here from its own minute on: live it was not known yet.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from correlator.model.objective import SEVERITIES, Objective, Severity, Window
from correlator.slo.alerting import alerts_over
from correlator.slo.burn_rate import burn_rates
from correlator.slo.minute_series import MINUTE_NANO, Bools, Ints, MinuteSeries, SeriesSums
from correlator.slo.time_slices import budget_sums
from correlator.slo.windows import MINUTE_S


@dataclass(frozen=True, slots=True)
class Calling:
    """One severity of one objective, on in [begins, ends). `ends` is None where it is on still when the history ends.

    `window` is the one that began it. `worst_burn_rate` is the highest of any long window of that severity meanwhile, 0
    where none had an event.
    """

    objective_id: str
    severity: Severity
    begins_unix_nano: int
    ends_unix_nano: int | None
    window: Window
    worst_burn_rate: float

    def overlaps(self, begins_unix_nano: int, ends_unix_nano: int | None) -> bool:
        """Whether it is on at any moment of [begins, ends); None is without end."""
        begins_before_end = ends_unix_nano is None or self.begins_unix_nano < ends_unix_nano
        return begins_before_end and (self.ends_unix_nano is None or self.ends_unix_nano > begins_unix_nano)


def callings(objective: Objective, series: MinuteSeries, first_minute: int, end_minute: int) -> tuple[Calling, ...]:
    """Those that are on at the end of any minute in [first, end), by their beginnings; the page before the ticket.

    `series` are the objective's events, not yet its slices of time. It should begin as long before as the longest window
    reaches: alerts begin as off, and are followed from its first minute on. While the page is on, the ticket calls nobody.
    """
    sums = budget_sums(series, objective)
    ends = np.arange(series.first_minute + 1, end_minute + 1)
    on = {window: alerts_over(sums, objective, window, ends) for window in objective.windows}
    found = [
        _calling(objective, sums, on, _Run(severity, place, end, ends))
        for severity, called in _called(on, len(ends)).items()
        for place, end in _runs(called)
        if ends[end - 1] > first_minute
    ]
    return tuple(sorted(found, key=lambda each: (each.begins_unix_nano, SEVERITIES.index(each.severity))))


class _Run(NamedTuple):
    """Places [place, end) of `ends` at which a severity calls."""

    severity: Severity
    place: int
    end: int
    ends: Ints


def _called(on: dict[Window, Bools], ends: int) -> dict[Severity, Bools]:
    """Where each severity calls somebody: the page wherever it is on, the ticket where no page is. (ends,)"""
    page, ticket = (
        np.any([np.zeros(ends, dtype=np.bool_), *(each for window, each in on.items() if window.severity == severity)], axis=0)
        for severity in SEVERITIES
    )  # fmt: skip
    return {"page": page, "ticket": ticket & ~page}


def _runs(called: Bools) -> Iterator[tuple[int, int]]:
    """Begin and end of each run of True."""
    steps = np.diff(np.concatenate([[False], called, [False]]).astype(np.int8))
    yield from zip(np.flatnonzero(steps == 1).tolist(), np.flatnonzero(steps == -1).tolist(), strict=True)


def _calling(objective: Objective, sums: SeriesSums, on: dict[Window, Bools], run: _Run) -> Calling:
    windows = [window for window in on if window.severity == run.severity]
    minutes = run.ends[run.place : run.end]
    rates = [burn_rates(sums.over(window.long_window_s // MINUTE_S, minutes), objective) for window in windows]
    return Calling(
        objective_id=objective.id,
        severity=run.severity,
        begins_unix_nano=int(minutes[0]) * MINUTE_NANO,
        ends_unix_nano=int(run.ends[run.end]) * MINUTE_NANO if run.end < len(run.ends) else None,
        window=next(window for window in windows if on[window][run.place]),
        worst_burn_rate=float(np.nan_to_num(rates).max()),
    )
