"""Burn rates: how many times too fast the error budget is being spent. Higher is worse; 1 spends it exactly over the period.

Good and total events are summed over the window, and divided once: a mean of ratios would let a minute with one event
count as much as one with a thousand, and one NaN spoil the whole.
"""

from correlator.model.objective import Objective
from correlator.slo.minute_series import Floats, SeriesSums, WindowSums, end_minute
from correlator.slo.windows import MINUTE_S


def burn_rates(sums: WindowSums, objective: Objective) -> Floats:
    """Error ratio over error budget, (windows,). NaN where no event was."""
    return sums.error_ratio / objective.error_budget


def burn_rate(sums: SeriesSums, objective: Objective, window_s: int, now_unix_nano: int) -> float:
    """Over the window that ends now. NaN where no event was."""
    return float(burn_rates(sums.over(window_s // MINUTE_S, end_minute(now_unix_nano)), objective)[0])
