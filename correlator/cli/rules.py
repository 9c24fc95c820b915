"""correlator rules: the rules for patterns. A group of commands, which others add to."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from correlator.cli.exits import CommandFailed, ExitCode
from correlator.cli.options import AsJson

if TYPE_CHECKING:
    from correlator.pipeline.pattern_check import Checked

rules = typer.Typer(name="rules", no_args_is_help=True, help="Check the rules that name known ways of failing.")

Paths = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[PATH]...", help="Files or folders of rules; the ready-made ones without.", show_default=False
    ),
]


@rules.command()
def check(paths: Paths = None, as_json: AsJson = False) -> None:
    """Read rules, name every mistake with its line, and run the tests beside each rule."""
    from correlator.cli.printing import print_json, stdout
    from correlator.pipeline.pattern_check import check_rules
    from correlator.pipeline.pattern_files import shipped_folder

    given = paths or [shipped_folder()]
    if missing := [path for path in given if not path.exists()]:
        raise CommandFailed(
            f"{missing[0]}: there is no such file or folder; name one that holds rules", ExitCode.WRONG_USE
        )
    checked = check_rules(given)
    if as_json:
        print_json(_document(checked))
    else:
        stdout().print(_view(checked))
    if not checked.is_good:
        raise typer.Exit(ExitCode.FOUND_PROBLEM)


def _document(checked: "Checked") -> dict[str, Any]:
    return {"ok": checked.is_good, "rules": checked.rules, "mistakes": checked.mistakes}


def _view(checked: "Checked") -> RenderableType:
    from correlator.console import Trimmed, counted, plain

    table = Table("rule", "scope", "tests", "result", box=None, pad_edge=False, header_style="bold")
    for each in checked.rules:
        result = ("ok", "green") if each.is_good else (counted(len(each.failures), "failure"), "bold red")
        table.add_row(plain(each.rule_id), each.scope, str(each.tests) if each.tests else "none", Text(*result))
    problems = [*checked.mistakes, *(failure for each in checked.rules for failure in each.failures)]
    lines = [plain(str(problem), "red") for problem in problems]
    for line in lines:
        line.overflow = "fold"
    total = f"{counted(len(checked.rules), 'rule')}, {counted(len(problems), 'problem')}"
    parts: list[RenderableType] = [table, Text()] if table.rows else []
    return Trimmed(Group(*parts, *lines, plain(total)))
