"""Lines under a heading, wrapped beside an indent."""

from collections.abc import Iterable

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from correlator.console.words import plain


def listed(heading: str, lines: Iterable[str]) -> list[RenderableType]:
    """The heading and its lines; nothing where there are none."""
    table = indented()
    for line in lines:
        table.add_row("", "-", plain(line))
    return [Text(f"\n{heading}", "bold"), table] if table.rows else []


def indented() -> Table:
    """Three columns: the indent, a word, and text that wraps beside it."""
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(width=1)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    return table
