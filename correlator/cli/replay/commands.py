"""What can be done about dead letters."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from correlator.cli.exits import CommandFailed, ExitCode
from correlator.cli.options import AsJson, ConfigFile, DataDir
from correlator.cli.replay.kept import open_kept

if TYPE_CHECKING:
    from exporters.delivery import LetterGroup

TargetName = Annotated[
    str | None, typer.Option("--target", metavar="NAME", help="Only those of this target.", show_default=False)
]
Ids = Annotated[list[int] | None, typer.Argument(metavar="ID", help="These.", show_default=False)]
All = Annotated[bool, typer.Option("--all", help="All, or all of --target, instead of IDs.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show which they are, by target and reason.")]


def summary(
    target: TargetName = None, config: ConfigFile = None, data_dir: DataDir = None, as_json: AsJson = False
) -> None:
    """Count dead letters by target and reason; begin here."""
    kept = open_kept(config, data_dir, target)
    _show(kept.groups(None, target), [each for each in kept.configured if target in (None, each)], as_json)


def list_letters(
    target: TargetName = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000, help="How many at most.")] = 100,
    config: ConfigFile = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List dead letters with the target's reason, oldest first."""
    from correlator.cli.printing import print_json, stdout
    from correlator.cli.replay.view import letters_view

    letters = open_kept(config, data_dir, target).letters
    listed = letters.all(target, limit) if letters is not None else ()
    count = letters.count(target) if letters is not None else 0
    if as_json:
        print_json({"count": count, "dead_letters": listed})
    else:
        stdout().print(letters_view(listed, count))


def send(
    ids: Ids = None,
    every: All = False,
    target: TargetName = None,
    dry_run: DryRun = False,
    config: ConfigFile = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Have dead letters sent again, by the engine that runs on the data folder or the next that does.

    One that is taken is gone from the list; one that is refused again stays there with the new reason.
    """
    chosen = _chosen(ids, every)
    kept = open_kept(config, data_dir, target)
    groups = kept.groups(chosen, target)
    if dry_run:
        count = _show(groups, kept.configured_of(groups), as_json)
    else:
        count = kept.letters.ask_again(chosen, target) if kept.letters is not None else 0
        _tell(count, "to be sent again", as_json)
    for each in sorted({group.target for group in groups} - {*kept.configured}):
        typer.echo(f"correlator: nobody sends to {each!r} now: it is not in these settings (--config FILE)", err=True)
    _end(count, chosen)


def drop(
    ids: Ids = None,
    every: All = False,
    target: TargetName = None,
    dry_run: DryRun = False,
    config: ConfigFile = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Forget dead letters for good; the engine's own copy of their records stays."""
    chosen = _chosen(ids, every)
    kept = open_kept(config, data_dir, target)
    if dry_run:
        groups = kept.groups(chosen, target)
        count = _show(groups, kept.configured_of(groups), as_json)
    else:
        count = kept.letters.drop(chosen, target) if kept.letters is not None else 0
        _tell(count, "dropped", as_json)
    _end(count, chosen)


def _chosen(ids: list[int] | None, every: bool) -> list[int] | None:
    """None: all. Raises CommandFailed where it is not said which."""
    if bool(ids) == every:
        raise CommandFailed(
            "which dead letters? Give their IDs, or --all; `correlator replay list` shows them", ExitCode.WRONG_USE
        )
    return None if every else ids


def _show(groups: "Sequence[LetterGroup]", configured: Sequence[str], as_json: bool) -> int:
    """By target and reason; how many letters there are."""
    from correlator.cli.printing import print_json, stdout
    from correlator.cli.replay.view import summary_view

    count = sum(each.count for each in groups)
    if as_json:
        print_json({"count": count, "configured": configured, "groups": groups})
    else:
        stdout().print(summary_view(groups, configured))
    return count


def _tell(count: int, what: str, as_json: bool) -> None:
    from correlator.cli.printing import print_json, stdout
    from correlator.console import counted

    if as_json:
        print_json({"count": count})
    else:
        stdout().print(f"{counted(count, 'dead letter')} {what}")


def _end(count: int, chosen: Collection[int] | None) -> None:
    """With FOUND_PROBLEM where there was none, or not each that was named."""
    missing = 0 if chosen is None else len({*chosen}) - count
    if missing:
        remedy = "`correlator replay list` shows which there are"
        typer.echo(f"correlator: {missing} of these IDs not found; {remedy}", err=True)
    if missing or count == 0:
        raise typer.Exit(ExitCode.FOUND_PROBLEM)
