"""What was left of the period's budget as it went: the whole of it at the period's start, what remains at its end."""

from dataclasses import dataclass
from typing import Final

from correlator.model.objective import DAY_S, Objective
from correlator.slo.budget import share_spent
from correlator.slo.minute_series import MINUTE_NANO, SeriesSums
from correlator.slo.report.slots import edges_of
from correlator.slo.windows import HOUR_S, MINUTE_S

HOURLY_UP_TO_DAYS: Final = 7
"""A period this short is shown hour by hour: a line of seven points tells little."""


@dataclass(frozen=True, slots=True)
class BudgetPoint:
    """`remaining` is a share of the whole period's budget; None where nothing is known of the time since the point before."""

    at_unix_nano: int
    remaining: float | None


def burn_down(sums: SeriesSums, objective: Objective, end_minute: int) -> tuple[BudgetPoint, ...]:
    """Over the period that ends at `end_minute`. Empty where it had no events: there is no budget then."""
    minutes = objective.period_s // MINUTE_S
    begin = end_minute - minutes
    total = float(sums.over(minutes, end_minute).total[0])
    if total <= 0:
        return ()
    step_s = HOUR_S if objective.period_days <= HOURLY_UP_TO_DAYS else DAY_S
    edges = edges_of(begin, end_minute, step_s // MINUTE_S)
    ends = edges[1:]
    so_far = sums.over(ends - begin, ends)
    since_before = sums.over(ends - edges[:-1], ends)
    points = [BudgetPoint(begin * MINUTE_NANO, 1.0)]
    for end, failures, known in zip(ends, so_far.failures, since_before.known_minutes, strict=True):
        spent = share_spent(max(0.0, float(failures)), total, objective)
        points.append(BudgetPoint(int(end) * MINUTE_NANO, 1.0 - spent if known and spent is not None else None))
    return tuple(points)
