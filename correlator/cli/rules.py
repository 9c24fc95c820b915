"""correlator rules: the rules for patterns and objectives. A group of commands, which others add to."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from correlator.cli.exits import CommandFailed, ExitCode
from correlator.cli.options import AsJson, ConfigFile
from correlator.cli.rule_paths import existing

if TYPE_CHECKING:
    from correlator.model.objective import Objective, Severity
    from correlator.pipeline.rules.build import BuiltRules
    from correlator.pipeline.rules.check import CheckedFiles
    from correlator.slo.openslo import WrittenObjective

rules = typer.Typer(
    name="rules",
    no_args_is_help=True,
    help="Check patterns (known ways of failing) and objectives; write objectives as rules of Prometheus.",
)

Paths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="PATH", help="Files or folders of rules; the ready-made ones without.", show_default=False),
]

ObjectivePaths = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="PATH", help="Files or folders of objectives; the ready-made ones without.", show_default=False
    ),
]
BUILT: Final = Path("rules/prometheus/slo")
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the files; made where it is missing.")]
RuleFormat = Annotated[
    Literal["sloth", "pyrra"],
    typer.Option("--format", help="sloth: Sloth's names; pyrra: Pyrra's generic names as well."),
]


@rules.command()
def check(paths: Paths = None, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Read patterns and objectives (OpenSLO), name every mistake with its line, and run the tests beside each pattern."""
    from correlator.cli.printing import print_json, stdout
    from correlator.pipeline.rules.check import check_files
    from correlator.pipeline.rules.files import shipped_rules

    given = existing(paths or [shipped_rules("patterns"), shipped_rules("slo")])
    checked = check_files(given, _retention_s(config))
    if as_json:
        print_json(_document(checked))
    else:
        stdout().print(_view(checked))
    if not checked.is_good:
        raise typer.Exit(ExitCode.FOUND_PROBLEM)


@rules.command()
def build(
    paths: ObjectivePaths = None,
    out: Out = BUILT,
    rule_format: RuleFormat = "sloth",
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Write objectives as recording and alerting rules of Prometheus, with Sloth's names, and unit tests beside them."""
    from correlator.cli.printing import print_json, stdout
    from correlator.pipeline.rules.build import build_rules
    from correlator.pipeline.rules.files import shipped_rules

    given = existing(paths or [shipped_rules("slo")])
    try:
        built = build_rules(given, out, rule_format, _retention_s(config))
    except OSError as error:
        raise CommandFailed(
            f"{error.filename or out}: {error.strerror}; name a folder that can be written with --out",
            ExitCode.CANNOT_REACH,
        ) from error
    if as_json:
        print_json(_built_document(built))
    else:
        stdout().print(_built_view(built, out))
    if not built.written:
        raise typer.Exit(ExitCode.FOUND_PROBLEM)


def _retention_s(config: Path | None) -> int | None:
    from correlator.settings import load_settings

    return load_settings(config).records_kept_s


def _built_document(built: "BuiltRules") -> dict[str, Any]:
    return {
        "ok": bool(built.written),
        "objectives": built.objectives,
        "written": [str(file) for file in built.written],
        "leftovers": [str(file) for file in built.leftovers],
        "mistakes": built.mistakes,
    }


def _built_view(built: "BuiltRules", out: Path) -> RenderableType:
    from correlator.console import plain

    lines = [plain(str(mistake), "red") for mistake in built.mistakes]
    lines += [
        plain(f"{file}: of no objective among these; delete it if it is gone", "yellow") for file in built.leftovers
    ]
    for line in lines:
        line.overflow = "fold"
    return Group(*lines, plain(_done(built, out)))


def _done(built: "BuiltRules", out: Path) -> str:
    from correlator.console import counted

    if built.written:
        return f"{counted(built.objectives, 'objective')}, {counted(len(built.written), 'file')} in {out}"
    if built.mistakes:
        return f"nothing written, {counted(len(built.mistakes), 'problem')}"
    return "nothing written, no objective found; name files or folders that hold some"


def _document(checked: "CheckedFiles") -> dict[str, Any]:
    return {
        "ok": checked.is_good,
        "rules": checked.rules,
        "objectives": [_objective(each) for each in checked.objectives],
        "mistakes": checked.mistakes,
    }


def _objective(written: "WrittenObjective") -> dict[str, Any]:
    objective = written.objective
    return {
        "objective_id": objective.id,
        "kind": objective.kind,
        "target": objective.target,
        "period_days": objective.period_days,
        "budgeting_method": objective.budgeting,
        "windows": objective.windows,
        "file": written.file,
        "line": written.line,
    }


def _view(checked: "CheckedFiles") -> RenderableType:
    from correlator.console import Trimmed, counted, plain

    problems = [*checked.mistakes, *(failure for each in checked.rules for failure in each.failures)]
    lines = [plain(str(problem), "red") for problem in problems]
    for line in lines:
        line.overflow = "fold"
    counts = [counted(len(checked.rules), "rule")] if checked.rules or not checked.objectives else []
    counts += [counted(len(checked.objectives), "objective")] if checked.objectives else []
    total = ", ".join([*counts, counted(len(problems), "problem")])
    parts: list[RenderableType] = []
    for table in (_rules_table(checked), _objectives_table(checked)):
        parts += [table, Text()] if table.rows else []
    return Trimmed(Group(*parts, *lines, plain(total)))


def _rules_table(checked: "CheckedFiles") -> Table:
    from correlator.console import counted, plain

    table = Table("rule", "scope", "tests", "result", box=None, pad_edge=False, header_style="bold")
    for each in checked.rules:
        result = ("ok", "green") if each.is_good else (counted(len(each.failures), "failure"), "bold red")
        table.add_row(plain(each.rule_id), each.scope, str(each.tests) if each.tests else "none", Text(*result))
    return table


def _objectives_table(checked: "CheckedFiles") -> Table:
    """The last two columns are burn rates."""
    from correlator.console import plain
    from correlator.model.objective import SEVERITIES

    columns = ("objective", "kind", "target", "period", "page at", "ticket at")
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for written in checked.objectives:
        each = written.objective
        alerts = (_factors(each, severity) for severity in SEVERITIES)
        table.add_row(plain(each.id), each.kind, f"{each.target:.10g}", f"{each.period_days}d", *alerts)
    return table


def _factors(objective: "Objective", severity: "Severity") -> str:
    factors = (f"{window.factor:.4g}" for window in objective.windows if window.severity == severity)
    return ", ".join(factors) or "never"
