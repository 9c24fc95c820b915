"""A plan as lines, and as JSON."""

from typing import Any, Final

from rich.text import Text

from correlator.console import counted, plain
from correlator.elasticsearch.setup import Plan, Step

COLOURS: Final = {"missing": "yellow", "changed": "yellow", "refused": "red"}


def as_document(plan: Plan, place: str, is_done: bool) -> dict[str, Any]:
    """For --json. `done` says whether the steps that were due were taken."""
    steps = [{"kind": step.kind, "name": step.name, "state": step.state, "detail": step.detail} for step in plan.steps]
    is_ready = not plan.refused and (is_done or not plan.due)
    return {"ok": is_ready, "elasticsearch": place, "done": is_done, "steps": steps}


def as_lines(plan: Plan, place: str, is_done: bool) -> Text:
    """One line for each thing of the cluster, as long as it is: a name that is cut cannot be searched for."""
    rows = [(_state(step, is_done), step.kind, step.name, _detail(step, is_done)) for step in plan.steps]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        plain("  ".join(map(str.ljust, row, widths)).rstrip(), COLOURS.get(step.state, ""))
        for row, step in zip(rows, plan.steps, strict=True)
    ]
    return Text("\n").join([*lines, Text(_summary(plan, place, is_done))])


def _state(step: Step, is_done: bool) -> str:
    done = {"missing": "made", "changed": "changed"}
    return done.get(step.state, step.state) if is_done else step.state


def _detail(step: Step, is_done: bool) -> str:
    return "" if is_done and step.state != "refused" else step.detail


def _summary(plan: Plan, place: str, is_done: bool) -> str:
    if plan.refused:
        return f"{counted(len(plan.refused), 'name')} taken in {place}; nothing was changed"
    if not plan.due:
        return f"{place} is ready: nothing to do"
    return (
        f"{place} is ready"
        if is_done
        else f"{counted(len(plan.due), 'step')} due in {place}: run `correlator elasticsearch setup`"
    )
