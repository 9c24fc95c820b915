"""Alerts on burn rates, which decide as correlator.slo.alerting does: they begin on what is known, and end only on evidence.

Each window records whether it calls: 0 where a long or a short window is calm and at least half known; else 1 where both are
over the factor and the gate is open; else what it was. A rule that reads its own last value is how Prometheus freezes.
"""

from collections.abc import Iterator
from typing import Final

from correlator.model.objective import SEVERITIES, Objective, RecordSource, Severity, Window
from correlator.slo.coverage import CALM_COVERAGE
from correlator.slo.gates import ROUNDED
from correlator.slo.rule_files.cause import cause_annotations
from correlator.slo.rule_files.events import RESOLUTION
from correlator.slo.rule_files.names import (
    ACTIVE,
    ALERT,
    COVERAGE,
    SHORT_WINDOW,
    SLOTH_SEVERITY,
    SLOTH_WINDOW,
    duration,
    error_events,
    error_ratio,
    number,
    total_events,
)
from correlator.slo.rule_files.rule import Alert, Group, Labels, Recording, literally
from correlator.slo.rule_files.scope import BY_IDENTITY, Scope
from correlator.slo.windows import TIE

REMEMBERED: Final = "1h"
"""For how long Prometheus itself may be down without forgetting what called. Alertmanager resolves after 5 minutes by itself."""
SEVERITY: Final[dict[Severity, str]] = {"page": "critical", "ticket": "warning"}
RUNBOOK: Final = "docs/runbooks/error-budget-burn.md"
_AND: Final = f"and on {BY_IDENTITY}"
_OR: Final = f"or on {BY_IDENTITY}"


def alert_group(objective: Objective, scope: Scope) -> Group | None:
    """The windows, then an alert for each severity that has any; None where nobody is to be called."""
    severities = [each for each in SEVERITIES if any(window.severity == each for window in objective.windows)]
    windows = tuple(_active(objective, scope, window) for window in objective.windows)
    alerts = tuple(_alert(objective, scope, severity) for severity in severities)
    return Group(f"sloth-slo-alerts-{objective.id}", RESOLUTION, (*windows, *alerts)) if windows else None


def _active(objective: Objective, scope: Scope, window: Window) -> Recording:
    labels = {
        SLOTH_SEVERITY: window.severity,
        SLOTH_WINDOW: duration(window.long_window_s),
        SHORT_WINDOW: duration(window.short_window_s),
    }
    return Recording(ACTIVE, "\n".join(_states(objective, scope, window, labels)), {**scope.labels, **labels})


def _states(objective: Objective, scope: Scope, window: Window, labels: Labels) -> Iterator[str]:
    """The first that has a value decides."""
    # A tie does not fire: what is just reached may be off by rounding.
    bound = f"({number(window.factor)} * {number(objective.error_budget)} * {number(1 + TIE)})"
    long, short = (scope.series(error_ratio(each)) for each in (window.long_window_s, window.short_window_s))
    for ratio, length in ((long, window.long_window_s), (short, window.short_window_s)):
        coverage = scope.series(COVERAGE, f'{SLOTH_WINDOW}="{duration(length)}"')
        yield f"0 * ({ratio} <= {bound} {_AND} {coverage} >= {number(CALM_COVERAGE)})"
        yield _OR
    gate = objective.gate(window.severity)
    total, failed = (scope.series(each(window.long_window_s)) for each in (total_events, error_events))
    beside = f"{failed} - on {BY_IDENTITY} {number(objective.error_budget)} * {total}"
    least = number(gate.min_failures - ROUNDED)
    enough = f"{_AND} {total} >= {gate.min_events} {_AND} {beside} >= {least}"
    yield f"1 + 0 * ({long} > {bound} {_AND} {short} > {bound} {enough})"
    yield _OR
    before = scope.series(ACTIVE, *(f'{label}="{value}"' for label, value in labels.items()))
    known = scope.series(COVERAGE, f'{SLOTH_WINDOW}="{duration(objective.period_s)}"')
    yield f"(last_over_time({before}[{REMEMBERED}]) {_AND} {known} > 0)"


def _alert(objective: Objective, scope: Scope, severity: Severity) -> Alert:
    active = scope.series(ACTIVE, f'{SLOTH_SEVERITY}="{severity}"')
    source = objective.source
    system = source.system if isinstance(source, RecordSource) and source.system != "*" else "other"
    own = {label: literally(value) for label, value in scope.labels.items()}
    labels = {**own, "severity": SEVERITY[severity], SLOTH_SEVERITY: severity, "system": system}
    return Alert(ALERT, f"max by {BY_IDENTITY} ({active}) == 1", labels, _annotations(objective, severity))


def _annotations(objective: Objective, severity: Severity) -> Labels:
    promise = f"{objective.target * 100:.10g} % over {objective.period_days} days"
    return {
        "runbook": RUNBOOK,
        "summary": f"The error budget of {{{{ $labels.sloth_id }}}} ({literally(objective.title)}, {promise}) burns too fast.",
        "title": f"({severity}) {{{{ $labels.sloth_service }}}} {{{{ $labels.sloth_slo }}}}: error budget burn rate is too fast",
        **cause_annotations(),
    }
