"""Unit tests of the rules of one objective, for `promtool test rules`: every case in which such rules are known to go wrong.

They feed the engine's counters, and so are for objectives of our own records; what others count cannot be made up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from correlator.model.objective import SEVERITIES, Objective, RecordSource, Severity
from correlator.slo.gates import ROUNDED
from correlator.slo.rule_files.cause import CAUSE, CAUSE_LINK, NO_CAUSE, NO_LINK
from correlator.slo.rule_files.counter_story import Stretch, counter_values
from correlator.slo.rule_files.names import (
    ALERT,
    BUDGET_REMAINING,
    CAUSE_INFO,
    EVENTS_COUNTER,
    GOOD_COUNTER,
    INCIDENT_RATE,
    OBJECTIVE,
    SLOTH_ID,
    SLOTH_SERVICE,
    SLOTH_SEVERITY,
    SLOTH_SLO,
    error_ratio,
)
from correlator.slo.rule_files.recordings import windows_s
from correlator.slo.rule_files.rule import Alert, Group, Labels
from correlator.slo.rule_files.scope import Scope
from correlator.slo.windows import MINUTE_S

EVENTS: Final = 10  # a minute, at least
WORKFLOW: Final = "a1B2c3"  # of an objective for each
QUIET: Final = 10  # minutes
NEAR: Final = 0.005  # of a ratio, beside increase()'s guesses at a window's edges
ANOTHER: Final = "another-objective"
_NO_CAUSE: Final = {CAUSE: NO_CAUSE, CAUSE_LINK: NO_LINK}


@dataclass(frozen=True, slots=True)
class _Check:
    """What a query gives at a minute: a number, or with None nothing."""

    minute: int
    query: str
    value: float | None


@dataclass(frozen=True, slots=True)
class _Case:
    name: str
    story: tuple[Stretch, ...]
    checks: tuple[_Check, ...]
    calls_all_at: int | None = None
    """A minute at which all severities call."""
    incidents: tuple["_Incident", ...] = ()
    """What the engine tells of meanwhile; the first has the cause that is to be named."""


@dataclass(frozen=True, slots=True)
class _Incident:
    """An incident that concerns the objective, or with `sloth_id` another, all the time."""

    key: str
    failures_per_minute: float
    sloth_id: str = ""

    @property
    def cause(self) -> str:
        return f"the cause of {self.key}"

    @property
    def link(self) -> str:
        return f"http://127.0.0.1:7070/api/v1/incidents/{self.key}"


INCIDENTS: Final = (_Incident("c1-b-1", 40.0), _Incident("c1-a-1", 0.5), _Incident("c1-c-1", 90.0, sloth_id=ANOTHER))


def has_tests(objective: Objective) -> bool:
    return isinstance(objective.source, RecordSource)


def rule_tests(objective: Objective, scope: Scope, groups: Sequence[Group], rule_file: str) -> dict[str, object]:
    """The test file's document. `rule_file` is the name of the rules beside it, `groups` what they hold."""
    cases = _Cases(objective, scope)
    alerts = [rule for group in groups for rule in group.rules if isinstance(rule, Alert)]
    return {
        "rule_files": [rule_file],
        "evaluation_interval": "1m",
        "group_eval_order": [group.name for group in groups],
        "tests": [_test(case, objective, alerts) for case in cases.all()],
    }


class _Cases:
    """The cases of one objective; minutes follow from its quickest window."""

    def __init__(self, objective: Objective, scope: Scope) -> None:
        self._objective = objective
        self._scope = scope
        self._events = max(EVENTS, *(gate for each in SEVERITIES for gate in self._gate(each)))
        self._end = min((each.long_window_s for each in objective.windows), default=0) // MINUTE_S + QUIET

    def all(self) -> Iterator[_Case]:
        yield self._uneven_load()
        yield _Case("zero traffic is not met", (Stretch(60),), self._nothing(60))
        yield _Case("missing series are not met", (Stretch(60, is_missing=True),), self._nothing(60))
        windows = self._objective.windows
        if not windows:
            return
        quickest = min(windows, key=lambda each: each.long_window_s)
        yield from self._of_quickest(quickest.severity, quickest.short_window_s // MINUTE_S)
        for severity in SEVERITIES:
            shorts = [each.short_window_s for each in windows if each.severity == severity]
            if shorts:
                yield from self._of_severity(severity, max(shorts) // MINUTE_S + 2)

    def _of_quickest(self, severity: Severity, short: int) -> Iterator[_Case]:
        """What does not differ between windows, at the quickest: tests of days would take minutes."""
        end, healthy, outage = self._end, self._healthy(self._end), self._outage(self._end)
        yield _Case("all severities fire, and say so in full", (outage,), (), calls_all_at=end)
        yield _Case("the cause that fails most is named", (outage,), (), calls_all_at=end, incidents=INCIDENTS)
        yield _Case(
            f"{severity}: fires when all goes wrong after all went well",
            (healthy, outage),
            (self._call(severity, end, False), self._call(severity, 2 * end, True)),
        )
        yield _Case(
            f"{severity}: a counter reset is no outage",
            (healthy, self._healthy(short, begins_anew=True)),
            (self._call(severity, end + short, False), self._ratio(end + short, 0.0)),
        )
        yield _Case(
            f"{severity}: a counter reset ends no outage",
            (outage, self._outage(short, begins_anew=True)),
            (self._call(severity, end + 1, True), self._ratio(end + short, 1.0)),
        )

    def _of_severity(self, severity: Severity, calm_after: int) -> Iterator[_Case]:
        end, outage = self._end, self._outage(self._end)
        fires, fires_still = self._call(severity, end, True), self._call(severity, 2 * end, True)
        slow = self._burning(end, 0.5 * min(each.factor for each in self._objective.windows))
        yield _Case(f"{severity}: does not fire below every factor", (slow,), (self._call(severity, end, False),))
        yield _Case(f"{severity}: freezes when traffic ends", (outage, Stretch(end)), (fires, fires_still))
        gone = Stretch(end, is_missing=True)
        yield _Case(f"{severity}: freezes when the series are gone", (outage, gone), (fires, fires_still))
        yield _Case(
            f"{severity}: resolves after recovery",
            (outage, self._healthy(calm_after)),
            (fires, self._call(severity, end + calm_after, False)),
        )
        yield from self._low_traffic(severity)

    def _low_traffic(self, severity: Severity) -> Iterator[_Case]:
        """One failure a minute. One more than the gate asks for opens it: increase() guesses at the window's edges."""
        min_events, min_failures = self._gate(severity)
        needed = max(min_events, ceil((min_failures - ROUNDED) / self._objective.target))
        few, enough = needed - 1, needed + 1
        if few < 1:
            return
        checks = self._call(severity, QUIET + few, False), self._call(severity, QUIET + enough, True)
        yield _Case(f"{severity}: the gate for low traffic", (Stretch(QUIET), Stretch(enough, 1, 0)), checks)

    def _uneven_load(self) -> _Case:
        """A mean of ratios would be 0.5."""
        story = Stretch(60, 1_000, 1_000), Stretch(60, 1, 0)
        period = self._scope.series(error_ratio(self._objective.period_s))
        check = _Check(120, f"sum(abs({period} - 60 / 60060)) < bool {NEAR}", 1)
        return _Case("the period sums events, and averages no ratios", story, (check,))

    def _nothing(self, minute: int) -> tuple[_Check, ...]:
        """No ratio, so no budget left either: nothing says that the objective is met."""
        ratio, budget = error_ratio(self._objective.period_s), BUDGET_REMAINING
        calls = (self._call(severity, minute, False) for severity in SEVERITIES)
        return (*(_Check(minute, self._scope.series(name), None) for name in (ratio, budget)), *calls)

    def _healthy(self, minutes: int, begins_anew: bool = False) -> Stretch:
        return Stretch(minutes, self._events, self._events, begins_anew=begins_anew)

    def _outage(self, minutes: int, begins_anew: bool = False) -> Stretch:
        return Stretch(minutes, self._events, 0, begins_anew=begins_anew)

    def _burning(self, minutes: int, burn_rate: float) -> Stretch:
        return Stretch(minutes, self._events, self._events * (1 - burn_rate * self._objective.error_budget))

    def _gate(self, severity: Severity) -> tuple[int, int]:
        gate = self._objective.gate(severity)
        return gate.min_events, gate.min_failures

    def _call(self, severity: Severity, minute: int, is_on: bool) -> _Check:
        firing = f'alertname="{ALERT}", alertstate="firing", {SLOTH_SEVERITY}="{severity}"'
        return _Check(minute, f"sum({self._scope.series('ALERTS', firing)}) or vector(0)", float(is_on))

    def _ratio(self, minute: int, value: float) -> _Check:
        ratio = self._scope.series(error_ratio(windows_s(self._objective)[0]))
        return _Check(minute, f"sum(abs({ratio} - {value:g})) < bool {NEAR}", 1)


def _test(case: _Case, objective: Objective, alerts: Sequence[Alert]) -> dict[str, object]:
    values = counter_values(case.story)
    identity = _identity(objective)
    labels = ", ".join(f'{name}="{value}"' for name, value in (identity | {OBJECTIVE: objective.id}).items())
    test: dict[str, object] = {
        "name": case.name,
        "interval": "1m",
        "input_series": [
            {"series": f"{EVENTS_COUNTER}{{{labels}}}", "values": values.events},
            {"series": f"{GOOD_COUNTER}{{{labels}}}", "values": values.good},
            *(each for incident in case.incidents for each in _told(incident, identity[SLOTH_ID])),
        ],
    }
    if case.checks:
        test["promql_expr_test"] = [_expected(each, identity) for each in case.checks]
    if case.calls_all_at is not None:
        expected = [_called(alert, identity, case.incidents) for alert in alerts]
        test["alert_rule_test"] = [{"eval_time": f"{case.calls_all_at}m", "alertname": ALERT, "exp_alerts": expected}]
    return test


def _expected(check: _Check, identity: Labels) -> dict[str, object]:
    samples = [] if check.value is None else [{"labels": "{}", "value": check.value}]
    return {"expr": check.query, "eval_time": f"{check.minute}m", "exp_samples": samples}


def _told(incident: _Incident, sloth_id: str) -> Iterator[dict[str, str]]:
    """An incident's series from the first minute on, told by each of two engines."""
    whose = {"incident": incident.key, SLOTH_ID: incident.sloth_id or sloth_id}
    known = {"system": "worker", "service": "worker", "cause": incident.cause, "link": incident.link}
    labels = ", ".join(f'{name}="{value}"' for name, value in (whose | known).items())
    for instance in ("engine-1", "engine-2"):
        yield {"series": f'{CAUSE_INFO}{{instance="{instance}", {labels}}}', "values": "1x1000"}
        rate = f'{INCIDENT_RATE}{{instance="{instance}", incident="{incident.key}"}}'
        yield {"series": rate, "values": f"{incident.failures_per_minute:g}x1000"}


def _called(alert: Alert, identity: Labels, incidents: Sequence[_Incident]) -> dict[str, object]:
    labels = {name: _rendered(value, identity) for name, value in alert.labels.items()}
    annotations = {name: _rendered(value, identity) for name, value in alert.annotations.items()}
    cause = {CAUSE: incidents[0].cause, CAUSE_LINK: incidents[0].link} if incidents else _NO_CAUSE
    return {"exp_labels": {**labels, **identity}, "exp_annotations": annotations | cause}


def _rendered(template: str, identity: Labels) -> str:
    for label, value in identity.items():
        template = template.replace(f"{{{{ $labels.{label} }}}}", value)
    return template.replace('{{"{{"}}', "{{")


def _identity(objective: Objective) -> dict[str, str]:
    source = objective.source
    assert isinstance(source, RecordSource)
    each = objective.for_workflow(WORKFLOW, "") if source.per_workflow else objective
    return {SLOTH_ID: each.id, SLOTH_SERVICE: each.service, SLOTH_SLO: each.name}
