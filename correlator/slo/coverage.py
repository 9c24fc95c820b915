"""How much of a window is known, and what may be said of an objective then. What is not known is neither good nor bad.

An objective is missed by what is known of it. It is met only where enough is known, and something happened at all.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from correlator.model.objective import Objective
from correlator.slo.minute_series import Bools, SeriesSums, WindowSums, end_minute
from correlator.slo.windows import MINUTE_S, TIE

Verdict = Literal["met", "missed", "unknown"]

CALM_COVERAGE: Final = 0.5
"""Of a window, known at least, for its low burn rate to end an alert: most of the evidence must be there."""
MET_COVERAGE: Final = 0.9
"""Of the period, known at least, for an objective to be called met: three days of thirty may be missing."""


@dataclass(frozen=True, slots=True)
class Compliance:
    """What became of an objective in a window. `attained` is the ratio of good events, None without any; `coverage` is 0..1."""

    verdict: Verdict
    attained: float | None
    good: float
    total: float
    coverage: float
    reason: str


def is_calm_enough_known(sums: WindowSums) -> Bools:
    """Whether enough of each window is known to believe that it is calm, (windows,)."""
    return np.asarray(sums.coverage >= CALM_COVERAGE)


def compliance(sums: SeriesSums, objective: Objective, window_s: int, now_unix_nano: int) -> Compliance:
    """Of the window that ends now. An objective that is just reached is met."""
    window = sums.over(window_s // MINUTE_S, end_minute(now_unix_nano))
    total, coverage = float(window.total[0]), float(window.coverage[0])
    error_ratio = float(window.error_ratio[0])
    verdict, reason = _judged(error_ratio, coverage, objective)
    attained = None if np.isnan(error_ratio) else 1.0 - error_ratio
    return Compliance(verdict, attained, float(window.good[0]), total, coverage, reason)


def _judged(error_ratio: float, coverage: float, objective: Objective) -> tuple[Verdict, str]:
    if np.isnan(error_ratio):
        return "unknown", "no events" if coverage > 0 else "no data"
    if error_ratio > objective.error_budget * (1.0 + TIE):
        return "missed", f"{error_ratio:.4%} of events failed, and {objective.error_budget:.4%} may"
    if coverage < MET_COVERAGE:
        return "unknown", f"{_share(coverage)} of the window is known; {MET_COVERAGE:.0%} is needed"
    return "met", f"{error_ratio:.4%} of events failed, of {objective.error_budget:.4%} that may"


def _share(coverage: float) -> str:
    return "less than 0.1%" if 0 < coverage < 0.0005 else f"{coverage:.1%}"
