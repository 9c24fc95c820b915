"""Whom the objective's alerts would have called: every minute evaluated, one after the other."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from correlator.model.objective import Objective, Severity
from correlator.slo.alerting import alerts_over
from correlator.slo.minute_series import MINUTE_NANO, Bools, Ints, SeriesSums
from correlator.slo.report.gaps import runs_of


@dataclass(frozen=True, slots=True)
class Call:
    """From when until when; `ended_unix_nano` is None where it was still on at the end. While a page is on, no ticket is."""

    severity: Severity
    began_unix_nano: int
    ended_unix_nano: int | None


def calls_over(
    sums: SeriesSums, objective: Objective, first_minute: int, range_minute: int, end_minute: int
) -> tuple[Call, ...]:
    """Calls that were on at some time in (range_minute, end_minute], by their beginning.

    Evaluation begins with the minute after `first_minute`, so that an alert which began before the range is known.
    """
    ends = np.arange(first_minute + 1, end_minute + 1)
    page = _on(sums, objective, "page", ends)
    ticket = _on(sums, objective, "ticket", ends) & ~page
    found = [*_calls("page", page, ends), *_calls("ticket", ticket, ends)]
    after = range_minute * MINUTE_NANO
    in_range = (each for each in found if each.ended_unix_nano is None or each.ended_unix_nano > after)
    return tuple(sorted(in_range, key=lambda call: (call.began_unix_nano, call.severity)))


def _on(sums: SeriesSums, objective: Objective, severity: Severity, ends: Ints) -> Bools:
    on = np.zeros(len(ends), dtype=np.bool_)
    for window in objective.windows:
        if window.severity == severity:
            on |= alerts_over(sums, objective, window, ends)
    return on


def _calls(severity: Severity, on: Bools, ends: Ints) -> Iterator[Call]:
    for run in runs_of(on):
        ended = int(ends[run.end]) * MINUTE_NANO if run.end < len(ends) else None
        yield Call(severity, int(ends[run.first]) * MINUTE_NANO, ended)
