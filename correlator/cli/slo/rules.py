"""correlator slo rules: an objective as rules of Prometheus, printed."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group, RenderableType

from correlator.cli.exits import CommandFailed, ExitCode
from correlator.cli.options import AsJson, ConfigFile
from correlator.cli.rule_paths import existing
from correlator.cli.rules import RuleFormat

if TYPE_CHECKING:
    from correlator.model.objective import Objective

ObjectiveId = Annotated[
    str | None,
    typer.Argument(metavar="ID", help="Print the rules of this one; list all without.", show_default=False),
]
Files = Annotated[
    list[Path] | None,
    typer.Option("--from", metavar="PATH", help="File or folder of objectives; those in force without.", show_default=False),
]  # fmt: skip


def rules(
    objective_id: ObjectiveId = None,
    paths: Files = None,
    rule_format: RuleFormat = "sloth",
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Print an objective as recording and alerting rules of Prometheus; `correlator rules build` writes those of all."""
    import sys

    from correlator.cli.printing import print_json, stdout

    objectives = _objectives(paths, config)
    if objective_id is None:
        if as_json:
            print_json([each.id for each in objectives])
        else:
            stdout().print(_listed(objectives))
        return
    text = _rules_of(_named(objective_id, objectives), rule_format)
    if as_json:
        print_json({"objective_id": objective_id, "rules": text})
    else:
        sys.stdout.write(text)


def _objectives(paths: list[Path] | None, config: Path | None) -> "Sequence[Objective]":
    """Those of the paths; without, those that an engine of these settings would keep."""
    from correlator.pipeline.rules.objective_files import read_objective_files
    from correlator.pipeline.slo.written import written_objectives
    from correlator.settings import load_settings

    settings = load_settings(config)
    if not paths:
        return written_objectives(settings.slo.folders, settings.records_kept_s, with_shipped=settings.slo.shipped)
    document = read_objective_files(existing(paths), settings.records_kept_s)
    if document.mistakes:
        raise CommandFailed("\n".join(str(each) for each in document.mistakes), ExitCode.FOUND_PROBLEM)
    return [each.objective for each in document.objectives]


def _named(objective_id: str, objectives: "Sequence[Objective]") -> "Objective":
    for each in objectives:
        if each.id == objective_id:
            return each
    message = f"no objective {objective_id}; `correlator slo rules` lists those that there are"
    raise CommandFailed(message, ExitCode.FOUND_PROBLEM)


def _rules_of(objective: "Objective", rule_format: "RuleFormat") -> str:
    from correlator.slo.rule_files import rule_texts
    from correlator.slo.rule_files.rule_text import RULES

    return next(each.text for each in rule_texts([objective], rule_format) if each.name.endswith(RULES))


def _listed(objectives: "Sequence[Objective]") -> RenderableType:
    from correlator.console import plain

    if not objectives:
        return plain("no objectives")
    hint = "correlator slo rules ID prints the rules of one, correlator rules build writes those of all"
    return Group(*(plain(each.id) for each in objectives), plain(hint, "dim"))
