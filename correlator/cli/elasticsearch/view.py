"""A plan as a table, and as JSON."""

from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from correlator.console import counted, plain
from correlator.elasticsearch.setup import Plan, Step

COLOURS: Final = {"missing": "yellow", "changed": "yellow", "refused": "red"}


def as_document(plan: Plan, place: str, is_done: bool) -> dict[str, Any]:
    """For --json. `done` says whether the steps that were due were taken."""
    steps = [{"kind": step.kind, "name": step.name, "state": step.state, "detail": step.detail} for step in plan.steps]
    is_ready = not plan.refused and (is_done or not plan.due)
    return {"ok": is_ready, "elasticsearch": place, "done": is_done, "steps": steps}


def as_table(plan: Plan, place: str, is_done: bool) -> RenderableType:
    """One line for each thing of the cluster."""
    table = Table.grid(padding=(0, 2))
    for step in plan.steps:
        colour = COLOURS.get(step.state, "")
        table.add_row(
            plain(_state(step, is_done), colour),
            plain(step.kind),
            plain(step.name),
            plain(_detail(step, is_done), colour),
        )
    return Group(table, Text(_summary(plan, place, is_done)))


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
