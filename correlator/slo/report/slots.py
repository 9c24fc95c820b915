"""Days and hours of a range, each with its numbers. A gap stays a gap: where no event was, a ratio is None and never 0."""

from dataclasses import dataclass

import numpy as np

from correlator.model.objective import Objective
from correlator.slo.burn_rate import burn_rates
from correlator.slo.minute_series import MINUTE_NANO, Ints, SeriesSums


@dataclass(frozen=True, slots=True)
class Slot:
    """[start, end). `attained`, `error_ratio` (0..1) and `burn_rate` are None where no event was; `coverage` is 0..1."""

    start_unix_nano: int
    end_unix_nano: int
    good: float
    total: float
    attained: float | None
    error_ratio: float | None
    burn_rate: float | None
    coverage: float

    @property
    def failures(self) -> float:
        return max(0.0, self.total - self.good)


def slots(sums: SeriesSums, objective: Objective, edges: Ints) -> tuple[Slot, ...]:
    """One for each pair of neighbouring edges, unix minutes ascending, (slots + 1,)."""
    begins, ends = edges[:-1], edges[1:]
    if not len(begins):
        return ()
    windows = sums.over(ends - begins, ends)
    columns = windows.good, windows.total, windows.error_ratio, burn_rates(windows, objective), windows.coverage
    return tuple(
        Slot(
            start_unix_nano=int(begin) * MINUTE_NANO,
            end_unix_nano=int(end) * MINUTE_NANO,
            good=float(good),
            total=float(total),
            attained=None if np.isnan(error_ratio) else 1.0 - float(error_ratio),
            error_ratio=None if np.isnan(error_ratio) else float(error_ratio),
            burn_rate=None if np.isnan(rate) else float(rate),
            coverage=float(coverage),
        )
        for begin, end, good, total, error_ratio, rate, coverage in zip(begins, ends, *columns, strict=True)
    )


def edges_of(first_minute: int, end_minute: int, step_minutes: int) -> Ints:
    """The whole multiples of the step since 1970 within [first, end], with both of these; days and hours begin at such."""
    inner = np.arange(first_minute // step_minutes + 1, -(-end_minute // step_minutes)) * step_minutes
    return np.unique(np.concatenate([[first_minute], inner, [end_minute]]).astype(np.int64))


def worst_minutes(
    sums: SeriesSums, objective: Objective, first_minute: int, end_minute: int, count: int
) -> tuple[Slot, ...]:
    """Of [first, end), as `worst`; only those that are told become slots."""
    failures = sums.over(1, np.arange(first_minute, end_minute) + 1).failures  # (minutes,)
    places = first_minute + np.argsort(-failures, kind="stable")[:count]
    return worst(tuple(slots(sums, objective, np.array([each, each + 1]))[0] for each in places), count)


def worst(of: tuple[Slot, ...], count: int) -> tuple[Slot, ...]:
    """Those with the most failures, the earlier first where alike; none without any."""
    failing = [each for each in of if each.failures > 0]
    return tuple(sorted(failing, key=lambda each: (-each.failures, each.start_unix_nano))[:count])
