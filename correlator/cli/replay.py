"""correlator replay: requests that a target refused for good. A group of commands.

They work on the data folder, beside a running engine or without one: what is asked for goes out once the engine gets to it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from correlator.cli.exits import CommandFailed, ExitCode
from correlator.cli.options import AsJson, ConfigFile, DataDir

if TYPE_CHECKING:
    from exporters.delivery import DeadLetter, DeadLetters

replay = typer.Typer(
    name="replay", no_args_is_help=True, help="Look after dead letters: requests that a target refused for good."
)

TargetName = Annotated[
    str | None, typer.Option("--target", metavar="NAME", help="Only those of this target.", show_default=False)
]
Ids = Annotated[list[int] | None, typer.Argument(metavar="ID", help="These.", show_default=False)]
All = Annotated[bool, typer.Option("--all", help="All, or all of --target, instead of IDs.")]


@replay.command("list")
def list_letters(
    target: TargetName = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000, help="How many at most.")] = 100,
    config: ConfigFile = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List dead letters with the target's reason, oldest first."""
    from correlator.cli.printing import print_json, stdout

    letters = _letters(config, data_dir)
    listed = letters.all(target, limit) if letters is not None else ()
    if as_json:
        print_json({"dead_letters": listed})
    else:
        stdout().print(_view(listed))


@replay.command()
def send(
    ids: Ids = None,
    every: All = False,
    target: TargetName = None,
    config: ConfigFile = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Have dead letters sent again, by the engine that runs on the data folder or the next that does.

    One that is taken is gone from the list; one that is refused again stays there with the new reason.
    """
    chosen = _chosen(ids, every)
    letters = _letters(config, data_dir)
    count = letters.ask_again(chosen, target) if letters is not None else 0
    _tell(count, "to be sent again", as_json)


@replay.command()
def drop(
    ids: Ids = None,
    every: All = False,
    target: TargetName = None,
    config: ConfigFile = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Forget dead letters for good; the engine's own copy of their records stays."""
    chosen = _chosen(ids, every)
    letters = _letters(config, data_dir)
    count = letters.drop(chosen, target) if letters is not None else 0
    _tell(count, "dropped", as_json)


def _letters(config: Path | None, data_dir: Path | None) -> "DeadLetters | None":
    """Those of the data folder; None where none were ever kept."""
    from correlator.settings import load_settings
    from exporters.delivery import DeadLetters
    from exporters.delivery.dead_letters import FILE

    folder = load_settings(config, {"data_dir": data_dir} if data_dir is not None else {}).data_dir
    if not folder.is_dir():
        raise CommandFailed(f"no data folder {str(folder)!r}; name it with --data-dir DIR", ExitCode.CANNOT_REACH)
    if not (folder / FILE).exists():
        return None
    return DeadLetters(folder)


def _chosen(ids: list[int] | None, every: bool) -> list[int] | None:
    """None: all. Raises CommandFailed where it is not said which."""
    if bool(ids) == every:
        raise CommandFailed(
            "which dead letters? Give their IDs, or --all; `correlator replay list` shows them", ExitCode.WRONG_USE
        )
    return None if every else ids


def _tell(count: int, what: str, as_json: bool) -> None:
    from correlator.cli.printing import print_json, stdout
    from correlator.console import counted

    if as_json:
        print_json({"count": count})
    else:
        stdout().print(f"{counted(count, 'dead letter')} {what}")
    if count == 0:
        raise typer.Exit(ExitCode.FOUND_PROBLEM)


def _view(letters: "Sequence[DeadLetter]") -> RenderableType:
    """Two lines each, so that a reason is whole at any width."""
    from correlator.console import plain

    if not letters:
        return Text("no dead letters")
    return Group(*(line for each in letters for line in (plain(_headline(each)), plain(f"  {each.reason}", "red"))))


def _headline(letter: "DeadLetter") -> str:
    from correlator.console import utc

    asked = "  to be sent again" if letter.is_asked_again else ""
    refused = utc(letter.refused_at_unix_nano)
    return f"{letter.id}  {letter.target}  {letter.kind}  {letter.size} bytes  {refused}{asked}"
