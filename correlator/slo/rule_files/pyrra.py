"""Pyrra's generic names, which its Grafana dashboards read. They are made of Sloth's file, which is written beside."""

from collections.abc import Iterator
from typing import Final

from correlator.model.objective import Objective
from correlator.slo.rule_files.events import RESOLUTION
from correlator.slo.rule_files.names import SLOTH_ID, error_events, error_ratio, total_events
from correlator.slo.rule_files.recordings import constant, windows_s
from correlator.slo.rule_files.rule import Group, Recording
from correlator.slo.rule_files.scope import Scope

SLO: Final = "slo"


def pyrra_group(objective: Objective, scope: Scope) -> Group:
    """Objective, window in seconds, availability over it, and requests and errors a second."""
    rules = tuple(
        Recording(name, _named(expr, scope), _labels(objective, scope)) for name, expr in _exprs(objective, scope)
    )
    return Group(f"{objective.id}-generic", RESOLUTION, rules)


def _exprs(objective: Objective, scope: Scope) -> Iterator[tuple[str, str]]:
    base_s = windows_s(objective)[0]
    yield "pyrra_objective", constant(objective, scope, objective.target)
    yield "pyrra_window", constant(objective, scope, objective.period_s)
    yield "pyrra_availability", f"1 - {scope.series(error_ratio(objective.period_s))}"
    yield "pyrra_requests:rate5m", f"{scope.series(total_events(base_s))} / {base_s}"
    yield "pyrra_errors:rate5m", f"{scope.series(error_events(base_s))} / {base_s}"


def _labels(objective: Objective, scope: Scope) -> dict[str, str]:
    return scope.labels if scope.is_per_workflow else {**scope.labels, SLO: objective.id}


def _named(expr: str, scope: Scope) -> str:
    return f'label_replace({expr}, "{SLO}", "$1", "{SLOTH_ID}", "(.*)")' if scope.is_per_workflow else expr
