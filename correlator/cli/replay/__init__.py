"""The group `correlator replay`: dead letters, which are requests that a target refused for good.

They work on the data folder, beside a running engine or without one: what is asked for goes out once the engine gets to it.

commands    summary, list, send, drop
kept        the letters of a data folder, and the targets that there are
view        both as text
"""

import typer

from correlator.cli.replay.commands import drop, list_letters, send, summary

replay = typer.Typer(
    name="replay", no_args_is_help=True, help="Look after dead letters: requests that a target refused for good."
)
replay.command()(summary)
replay.command("list")(list_letters)
replay.command()(send)
replay.command()(drop)

__all__ = ["replay"]
