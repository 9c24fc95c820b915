"""How bad an incident is, in PagerDuty's words: critical | error | warning | info.

By what was hit, since the number of successes is not known here:

- critical: two or more n8n workflows, or CRITICAL_FAILURES failing traces and more;
- error: one n8n workflow, or more than one service;
- warning: one service, outside any workflow;
- info: ERROR logs without a trace: nobody is known to have been hit.

A pattern that fits one of its traces makes it no less than the rule says.
A larger blast radius never makes it less severe, and an incident's severity never falls while it grows.
"""

from collections.abc import Collection, Iterable
from typing import Final

from correlator.explain.pattern.rule import SEVERITIES
from correlator.model.finding import PatternMatch

CRITICAL_FAILURES: Final = 50
"""By reasoning, not by measurement: about what n8n's 10 executions a second fail in five seconds of a full outage."""


def severity_of(failures: int, services: Collection[str], workflows: Collection[str], *, has_traces: bool) -> str:
    """The rule above. `failures` is the number of failing traces."""
    if len(workflows) > 1 or (has_traces and failures >= CRITICAL_FAILURES):
        return "critical"
    if workflows or len(services) > 1:
        return "error"
    return "warning" if has_traces else "info"


def worst_of(severity: str, patterns: Iterable[PatternMatch]) -> str:
    """The severity, or that of a pattern where it is worse."""
    return max([severity, *(match.severity for match in patterns)], key=SEVERITIES.index)
