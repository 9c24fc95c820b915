"""The error budget of a period: what was spent of it, what is left, and for how long that lasts."""

from dataclasses import dataclass

import numpy as np

from correlator.model.objective import Objective
from correlator.slo.burn_rate import burn_rate
from correlator.slo.coverage import Compliance, compliance
from correlator.slo.minute_series import SeriesSums


@dataclass(frozen=True, slots=True)
class Budget:
    """`spent` and `remaining` are shares of the budget: spent is over 1, and remaining negative, where more than all is gone.

    All None where no event was in the period. `exhausted_in_s` is None where it will not be at this pace.
    """

    compliance: Compliance
    allowed_failures: float
    spent: float | None
    remaining: float | None
    exhausted_in_s: float | None


def budget(sums: SeriesSums, objective: Objective, now_unix_nano: int, pace_window_s: int = 3_600) -> Budget:
    """The budget of the period that ends now. The pace is the burn rate over `pace_window_s`."""
    period = compliance(sums, objective, objective.period_s, now_unix_nano)
    allowed = period.total * objective.error_budget
    spent = share_spent(max(0.0, period.total - period.good), period.total, objective)
    if spent is None:
        return Budget(period, allowed, None, None, None)
    pace = burn_rate(sums, objective, pace_window_s, now_unix_nano)
    return Budget(period, allowed, spent, 1.0 - spent, exhausted_in_s(objective, 1.0 - spent, pace))


def exhausted_in_s(objective: Objective, remaining: float, pace: float) -> float | None:
    """Seconds until nothing is left, if events keep coming as over the period and burn at this rate.

    0 where nothing is left now; None where nothing burns, or nothing is known of the pace (NaN). Old failures that leave
    the period meanwhile give budget back: the time is a lower bound.
    """
    if remaining <= 0:
        return 0.0
    if np.isnan(pace) or pace <= 0:
        return None
    return remaining * objective.period_s / pace


def share_spent(failures: float, total: float, objective: Objective) -> float | None:
    """What these failures take of the budget of a period with `total` events: an incident's part. None without events."""
    return failures / (total * objective.error_budget) if total > 0 else None
