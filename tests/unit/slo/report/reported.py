"""Reports for tests: a day, and what happened in it."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from correlator.model.finding import Finding
from correlator.model.incident import Incident
from correlator.model.objective import Objective
from correlator.slo.minute_series import MINUTE_NANO, MinuteSeries, minute_series
from correlator.slo.report import ObjectiveReport, first_minute_of, make_report, range_of
from correlator.slo.report.calendar_range import ReportRange
from tests.unit.slo.series import objective

DAY = range_of("day", "2026-11-20", 2**62)
START, END = DAY.start_minute, DAY.end_minute
HOUR = 60


def history(
    first_minute: int, end_minute: int, a_minute: float = 10.0, bad: Mapping[int, float] | None = None,
    unknown: Iterable[int] = (),
) -> MinuteSeries:  # fmt: skip
    """Even traffic with bad events at some minutes, and some minutes that nobody knows."""
    total = np.full(end_minute - first_minute, a_minute)
    good = total.copy()
    for minute, count in (bad or {}).items():
        good[minute - first_minute] -= count
    known = np.ones(len(total), dtype=np.bool_)
    known[[minute - first_minute for minute in unknown]] = False
    return minute_series(first_minute, good, total, known)


def incident(
    key: str, first_minute: int, end_minute: int | None, failures: int = 1, title: str = "bridge: timeouts", **others: Any
) -> Incident:  # fmt: skip
    """On from one minute to another, that excluded; open without."""
    resolved = None if end_minute is None else end_minute * MINUTE_NANO - 1
    last_seen = (first_minute + 1) * MINUTE_NANO if resolved is None else resolved
    values: dict[str, Any] = {
        "key": key,
        "cause_fingerprint": key.rpartition("-")[0],
        "state": "open" if end_minute is None else "resolved",
        "severity": "error",
        "title": title,
        "opened_at_unix_nano": first_minute * MINUTE_NANO,
        "last_seen_unix_nano": last_seen,
        "resolved_at_unix_nano": resolved,
        "failures": failures,
        "services": ("bridge",),
        "systems": ("bridge",),
        "workflows": (),
        "trace_ids": (),
        "root_cause": Finding(f"The cause of {key}.", abstained=False),
    }
    return Incident(**(values | others))


def report(
    *incidents: Incident, of: Objective | None = None, report_range: ReportRange = DAY, now_minute: int = END, **told: Any
) -> ObjectiveReport:  # fmt: skip
    """Of the day, at 99.9 % where nothing else is said; `told` is for `history`."""
    wanted, now = of or objective(), now_minute * MINUTE_NANO
    events = history(first_minute_of(wanted, report_range, now), min(report_range.end_minute, now_minute), **told)
    return make_report(events, wanted, report_range, incidents, now)
