"""What an import did, as a table and as JSON."""

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from correlator.cli.kibana.outcome import Outcome
from correlator.console import counted, plain

COLOURS = {"failed": "red", "refused": "red", "copied": "yellow", "kept": "yellow"}


def as_document(outcomes: Sequence[Outcome], place: str, is_dry_run: bool) -> dict[str, Any]:
    """For --json."""
    return {
        "ok": not any(each.is_problem for each in outcomes),
        "kibana": place,
        "dry_run": is_dry_run,
        "objects": outcomes,
    }


def as_table(outcomes: Sequence[Outcome], place: str, is_dry_run: bool) -> RenderableType:
    """One line an object; below it why, and what to do, where there is something to say."""
    table = Table.grid(padding=(0, 2))
    for each in outcomes:
        colour = COLOURS.get(each.what, "")
        told = f"would be {each.what}" if is_dry_run else each.what
        table.add_row(plain(told, colour), plain(each.type), plain(each.title))
        for more in filter(None, (each.reason, each.remedy and f"→ {each.remedy}")):
            table.add_row("", "", plain(more, colour))
    return Group(table, Text(_summary(outcomes, place, is_dry_run)))


def _summary(outcomes: Sequence[Outcome], place: str, is_dry_run: bool) -> str:
    problems = sum(each.is_problem for each in outcomes)
    if is_dry_run:
        return f"dry run: nothing was changed in {place}"
    if problems:
        return f"{counted(problems, 'problem')} in {place}"
    return f"{counted(len(outcomes), 'object')} in {place}"
