"""Sloth's recording rules of an objective, and the sums of events and the coverage that they are made from."""

from collections.abc import Iterator
from typing import Final

from correlator.model.objective import Objective, RecordSource
from correlator.slo.rule_files.events import RESOLUTION, Events, events_of, period_events_of
from correlator.slo.rule_files.names import (
    BUDGET_REMAINING,
    COVERAGE,
    CURRENT_BURN_RATE,
    ERROR_BUDGET,
    EVENTS_COUNTER,
    INFO,
    OBJECTIVE,
    OBJECTIVE_RATIO,
    PERIOD_BURN_RATE,
    PERIOD_DAYS,
    SLOTH_VERSION,
    SLOTH_WINDOW,
    duration,
    error_events,
    error_ratio,
    number,
    total_events,
)
from correlator.slo.rule_files.rule import Group, Recording
from correlator.slo.rule_files.scope import BY_IDENTITY, Scope
from correlator.slo.windows import MINUTE_S, standard_windows

CURRENT_S: Final = 5 * MINUTE_S
"""Sloth's and Pyrra's window for how things are now."""
PERIOD_INTERVAL: Final = "2m"
"""Of rules over the whole period, which read much and change little. Longer than 5m, Prometheus would show gaps."""


def windows_s(objective: Objective) -> list[int]:
    """The windows to record, ascending, without the period: those of alerts, or the workbook's; none shorter than a slice."""
    windows = objective.windows or standard_windows(objective.period_days)
    lengths = {CURRENT_S, *(each.long_window_s for each in windows), *(each.short_window_s for each in windows)}
    shortest = 0 if objective.slices is None else objective.slices.window_s
    return sorted(each for each in lengths if shortest <= each < objective.period_s)


def recording_groups(objective: Objective, scope: Scope) -> tuple[Group, ...]:
    """The SLI over each window; the SLI over the period; what the objective is, and how its budget goes."""
    lengths = windows_s(objective)
    base_s = lengths[0]
    sli = (rule for each in lengths for rule in _window(events_of(objective, scope), scope, each, base_s))
    period = _window(period_events_of(objective, scope, base_s), scope, objective.period_s, base_s)
    return (
        Group(f"sloth-slo-sli-recordings-{objective.id}", RESOLUTION, tuple(sli)),
        Group(f"sloth-slo-period-recordings-{objective.id}", PERIOD_INTERVAL, tuple(period)),
        Group(f"sloth-slo-meta-recordings-{objective.id}", RESOLUTION, tuple(_meta(objective, scope, base_s))),
    )


def _window(events: Events, scope: Scope, window_s: int, base_s: int) -> Iterator[Recording]:
    """Total and failed events, their ratio where anything happened at all, and how much of the window is known."""
    window = duration(window_s)
    labels = {**scope.labels, SLOTH_WINDOW: window}
    total, failed = scope.series(total_events(window_s)), scope.series(error_events(window_s))
    known = f"count_over_time({scope.series(total_events(base_s))}[{window}])"
    yield Recording(total_events(window_s), events.total(window_s), labels)
    yield Recording(error_events(window_s), events.failed(window_s), labels)
    yield Recording(error_ratio(window_s), f"{failed}\n/ on {BY_IDENTITY}\n({total} > 0)", labels)
    yield Recording(COVERAGE, f"clamp_max({known} / {window_s // MINUTE_S}, 1)", labels)


def _meta(objective: Objective, scope: Scope, base_s: int) -> Iterator[Recording]:
    budget = f"/ on {BY_IDENTITY} group_left\n{scope.series(ERROR_BUDGET)}"
    facts = {
        OBJECTIVE_RATIO: objective.target,
        ERROR_BUDGET: objective.error_budget,
        PERIOD_DAYS: objective.period_days,
    }
    for name, value in facts.items():
        yield Recording(name, constant(objective, scope, value), scope.labels)
    now, period = scope.series(error_ratio(base_s)), scope.series(error_ratio(objective.period_s))
    yield Recording(CURRENT_BURN_RATE, f"{now}\n{budget}", scope.labels)
    yield Recording(PERIOD_BURN_RATE, f"{period}\n{budget}", scope.labels)
    yield Recording(BUDGET_REMAINING, f"1 - {scope.series(PERIOD_BURN_RATE)}", scope.labels)
    yield Recording(INFO, constant(objective, scope, 1), {**scope.labels, **_info(objective)})


def constant(objective: Objective, scope: Scope, value: float) -> str:
    """The value; where each workflow has its objective, once for each."""
    if not scope.is_per_workflow:
        return f"vector({number(value)})"
    return f'0 * group by {BY_IDENTITY} ({EVENTS_COUNTER}{{{OBJECTIVE}="{objective.id}"}}) + {number(value)}'


def _info(objective: Objective) -> dict[str, str]:
    is_own = isinstance(objective.source, RecordSource)
    return {
        "sloth_mode": "correlator-records" if is_own else "correlator-prometheus",
        "sloth_objective": f"{objective.target * 100:.10g}",
        "sloth_spec": "openslo/v1",
        "sloth_version": SLOTH_VERSION,
    }
