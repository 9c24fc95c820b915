"""Objectives and series for tests, with only what a test is about spelled out."""

from dataclasses import replace
from typing import Any

from correlator.model.objective import Objective, RecordSource
from correlator.slo.gates import PAGE_GATE, TICKET_GATE
from correlator.slo.minute_series import MINUTE_NANO, MinuteSeries, SeriesSums, minute_series
from correlator.slo.windows import standard_windows

FIRST = 29_000_000  # a unix minute, of 2025


def objective(target: float = 0.999, period_days: int = 30, **others: Any) -> Objective:
    """Availability of the bridge's calls, with the workbook's windows."""
    plain = Objective(
        id="bridge-availability",
        service="bridge",
        name="availability",
        title="Bridge availability",
        kind="availability",
        target=target,
        period_days=period_days,
        source=RecordSource("server_calls", service="bridge"),
        windows=standard_windows(period_days),
        page_gate=PAGE_GATE,
        ticket_gate=TICKET_GATE,
    )
    return replace(plain, **others)


def series(*minutes: tuple[float, float] | None) -> MinuteSeries:
    """From FIRST on, (good, total) each; None is a minute that nobody knows."""
    return minute_series(
        FIRST, [each[0] if each else 0.0 for each in minutes], [each[1] if each else 0.0 for each in minutes],
        [each is not None for each in minutes],
    )  # fmt: skip


def sums(*minutes: tuple[float, float] | None) -> SeriesSums:
    """The prefix sums of such a series."""
    return SeriesSums(series(*minutes))


def after(minutes: int) -> int:
    """Unix nanoseconds so many minutes after FIRST began."""
    return (FIRST + minutes) * MINUTE_NANO
