"""The windows that alerts look at, and the burn rates at which they call someone.

A burn rate of 1 spends exactly the error budget over the period. factor = share of the budget x period / long window.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from correlator.model.objective import DAY_S, Severity, Window

HOUR_S: Final = 3_600
MINUTE_S: Final = 60
SHORT_SHARE: Final = 12
"""The long window is so many times the short one: SRE workbook, chapter 5, "multiwindow, multi-burn-rate alerts"."""
TIE: Final = 1e-9
"""Rates closer than this part are equal: 0.0144 / 0.001 is not quite 14.4 in floating point, and a tie does not fire."""


@dataclass(frozen=True, slots=True)
class _Row:
    severity: Severity
    long_window_s: int
    short_window_s: int
    budget_share: float


_TABLE: Final = (  # SRE workbook, table 5-8
    _Row("page", HOUR_S, 5 * MINUTE_S, 0.02),
    _Row("page", 6 * HOUR_S, 30 * MINUTE_S, 0.05),
    _Row("ticket", DAY_S, 2 * HOUR_S, 0.10),
    _Row("ticket", 3 * DAY_S, 6 * HOUR_S, 0.10),
)
LONGEST_STANDARD_S: Final = max(row.long_window_s for row in _TABLE)


def standard_windows(period_days: int) -> tuple[Window, ...]:
    """The workbook's four windows, their factors computed for the period: 14.4, 6, 3 and 1 at 30 days."""
    return tuple(
        Window(row.severity, row.long_window_s, row.short_window_s, factor(row.budget_share, period_days, row.long_window_s))
        for row in _TABLE
    )  # fmt: skip


def factor(budget_share: float, period_days: int, long_window_s: int) -> float:
    """The burn rate that spends `budget_share` of the period's error budget within the long window."""
    return round(budget_share * period_days * DAY_S / long_window_s, 12)


def budget_share(window: Window, period_days: int) -> float:
    """How much of the period's error budget is spent when the long window burns at the factor."""
    return window.factor * window.long_window_s / (period_days * DAY_S)


def max_burn_rate(target: float) -> float:
    """The burn rate when everything fails: no window can see a higher one."""
    return 1.0 / round(1.0 - target, 12)


def unreachable(windows: Iterable[Window], target: float) -> tuple[Window, ...]:
    """The windows that stay silent though everything fails."""
    return tuple(each for each in windows if max_burn_rate(target) <= each.factor * (1.0 + TIE))


def least_target(window: Window) -> float:
    """Objectives must be over this for the window to be reached by anything."""
    return 1.0 - 1.0 / window.factor if window.factor > 1.0 else 0.0
