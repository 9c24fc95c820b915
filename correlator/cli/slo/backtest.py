"""correlator slo backtest: what objectives and patterns would have called in the history that is stored."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from correlator.cli.exits import CommandFailed, ExitCode
from correlator.cli.options import AsJson, ConfigFile, DataDir
from correlator.cli.rule_paths import existing

if TYPE_CHECKING:
    from rich.progress import TaskID

    from correlator.explain.pattern import Rule
    from correlator.model.objective import Objective
    from correlator.pipeline.slo.backtest.backtest import Backtested
    from correlator.rule_text.mistake import Mistake
    from correlator.settings import Settings

Start = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="TIME", help="RFC 3339 or unix nanoseconds; 30 days before --to.", show_default=False
    ),
]
End = Annotated[
    str | None,
    typer.Option("--to", metavar="TIME", help="RFC 3339 or unix nanoseconds; the last record.", show_default=False),
]
Proposed = Annotated[
    list[Path] | None,
    typer.Option("--objectives", metavar="PATH", help="File or folder of objectives; those in force without.", show_default=False),
]  # fmt: skip
Against = Annotated[
    list[Path] | None,
    typer.Option(
        "--against", metavar="PATH", help="Objectives before the change; without, those in force that --objectives would replace.",
        show_default=False,
    ),
]  # fmt: skip
Incidents = Annotated[
    Path | None,
    typer.Option(
        "--incidents", metavar="FILE", help="Known outages, CSV or JSON: name, begins, ends, objectives; the engine's own incidents without.",
        show_default=False,
    ),
]  # fmt: skip
PatternPaths = Annotated[
    list[Path] | None,
    typer.Option("--patterns", metavar="PATH", help="File or folder of patterns to try, too.", show_default=False),
]
MaxNewPages = Annotated[
    int | None,
    typer.Option("--max-new-pages", min=0, metavar="N", help="Exit code 1 where a change adds more pages.", show_default=False),
]  # fmt: skip
MaxLostDetections = Annotated[
    int | None,
    typer.Option(
        "--max-lost-detections", min=0, metavar="N",
        help="Exit code 1 where more outages are paged no more.", show_default=False,
    ),
]  # fmt: skip
MaxFalsePages = Annotated[
    int | None,
    typer.Option("--max-false-pages", min=0, metavar="N", help="Exit code 1 where more pages are false.", show_default=False),
]  # fmt: skip


def backtest(
    data_dir: DataDir = None,
    start: Start = None,
    end: End = None,
    objectives: Proposed = None,
    against: Against = None,
    incidents: Incidents = None,
    patterns: PatternPaths = None,
    max_new_pages: MaxNewPages = None,
    max_lost_detections: MaxLostDetections = None,
    max_false_pages: MaxFalsePages = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Replay stored history: when objectives would have paged, how long real outages waited, which pages were false.

    Reads a data folder that no engine holds, a stopped engine's or a copy of it; nothing in it is deleted.
    """
    from correlator.cli.logs import log_to_stderr
    from correlator.cli.printing import print_json, stdout
    from correlator.cli.slo.backtest_budget import Budget, excesses
    from correlator.cli.slo.backtest_document import backtest_document
    from correlator.cli.slo.backtest_view import backtest_view
    from correlator.settings import load_settings

    settings = load_settings(config, {} if data_dir is None else {"data_dir": data_dir})
    log_to_stderr(logging.WARNING)
    in_force = _in_force(settings)
    proposed = _read(objectives, settings) if objectives else in_force
    before = _read(against, settings) if against else _of_same_ids(in_force, proposed) if objectives else None
    if before is None and (max_new_pages is not None or max_lost_detections is not None):
        message = "--max-new-pages and --max-lost-detections compare: give --objectives PATH, --against PATH or both"
        raise CommandFailed(message, ExitCode.WRONG_USE)
    question = _Question(
        proposed,
        before,
        frozenset(each.id for each in in_force),
        _rules(patterns or []),
        incidents,
        _nanos(start),
        _nanos(end),
    )
    found = _answer(question, settings)
    if as_json:
        print_json(backtest_document(found))
    else:
        stdout().print(backtest_view(found))
    if over := excesses(found, Budget(max_new_pages, max_lost_detections, max_false_pages)):
        typer.echo("\n".join(f"correlator: {each}" for each in over), err=True)
        raise typer.Exit(ExitCode.FOUND_PROBLEM)


@dataclass(frozen=True, slots=True)
class _Question:
    """`before` is None where nothing is compared; `in_force_ids` are of objectives that outages may speak of as well."""

    proposed: "Sequence[Objective]"
    before: "Sequence[Objective] | None"
    in_force_ids: frozenset[str]
    rules: "Sequence[Rule]"
    incidents: Path | None
    start_unix_nano: int | None
    end_unix_nano: int | None


def _answer(question: _Question, settings: "Settings") -> "Backtested":
    from correlator.cli.slo.outage_file import read_outages
    from correlator.pipeline.slo.backtest.backtest import REMEMBERED_S, Known, backtest
    from correlator.wiring.backtest import open_history

    with (
        _progress() as show,
        open_history(settings, question.start_unix_nano, question.end_unix_nano, show) as history,
    ):
        now = history.counted(question.proposed)
        before = None if question.before is None else history.counted(question.before)
        tested = {each.id: each for objectives in (now, before) if objectives for each in objectives.all()}
        if question.incidents is None:
            known = history.known_outages(tested.values())
        else:
            known = Known(read_outages(question.incidents, tested, question.in_force_ids), REMEMBERED_S)
        found = backtest(
            now, before, known, history.first_minute, history.end_minute, partial(show, "judging objectives")
        )
        return replace(found, patterns=history.patterns(question.rules)) if question.rules else found


def _in_force(settings: "Settings") -> "Sequence[Objective]":
    from correlator.pipeline.slo.written import written_objectives

    return written_objectives(settings.slo.folders, settings.records_kept_s, with_shipped=settings.slo.shipped)


def _of_same_ids(in_force: "Sequence[Objective]", proposed: "Sequence[Objective]") -> "Sequence[Objective]":
    """What a proposal would replace: objectives that it does not name stay as they are."""
    ids = {each.id for each in proposed}
    return [each for each in in_force if each.id in ids]


def _read(paths: list[Path], settings: "Settings") -> "Sequence[Objective]":
    from correlator.pipeline.rules.objective_files import read_objective_files

    document = read_objective_files(existing(paths), settings.records_kept_s)
    _refuse(document.mistakes)
    return [each.objective for each in document.objectives]


def _rules(paths: list[Path]) -> "Sequence[Rule]":
    from correlator.pipeline.patterns.files import read_files

    rules, mistakes = read_files(existing(paths))
    _refuse(mistakes)
    return [each.rule for each in rules]


def _refuse(mistakes: "Sequence[Mistake]") -> None:
    if mistakes:
        raise CommandFailed("\n".join(str(each) for each in mistakes), ExitCode.WRONG_USE)


def _nanos(written: str | None) -> int | None:
    from correlator.serve.parameters import unix_nano

    try:
        return None if written is None else unix_nano(written)
    except ValueError as error:
        raise CommandFailed(f"{written!r}: {error}", ExitCode.WRONG_USE) from error


@contextmanager
def _progress() -> "Iterator[Callable[[str, int, int], None]]":
    """A bar on stderr, where that is a terminal: one line for each thing that is done."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from correlator.cli.printing import stderr

    console = stderr()
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=of)
            bar.update(tasks[what], completed=done, total=of)

        yield show
