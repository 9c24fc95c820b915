"""Events and rules in few words."""

from typing import Any

from correlator.explain.pattern.event import PatternEvent, Telling
from correlator.explain.pattern.rule import Rule, Step
from correlator.rule_text.glob import Glob, containing

S = 10**9


def event(at_s: float, system: str = "worker", kind: str = "exception", error: str = "", **more: Any) -> PatternEvent:
    """`error` is "Type: message"."""
    error_type, _, message = error.partition(": ")
    return PatternEvent(
        time_unix_nano=int(at_s * S),
        system=system,
        service_name=more.pop("service", system),
        operation=more.pop("operation", "op"),
        tellings=(Telling((kind,), error_type, message),),
        **more,
    )


def step(system: str = "", kind: str = "", error_type: str = "", message: str = "", **more: Any) -> Step:
    return Step(
        systems=(system,) if system else (),
        kinds=(kind,) if kind else (),
        error_types=(Glob(error_type),) if error_type else (),
        messages=(containing(message),) if message else (),
        **more,
    )


def rule(*steps: Step, within_s: float = 60, **more: Any) -> Rule:
    return Rule("a-rule", "A rule", "error", steps, int(within_s * S), "Do something.", **more)
