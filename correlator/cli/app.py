"""The commands, and how an error ends one."""

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from correlator import __version__
from correlator.cli import refuse_missing
from correlator.cli.demo import demo
from correlator.cli.doctor import doctor
from correlator.cli.elasticsearch import elasticsearch
from correlator.cli.events import events
from correlator.cli.exits import ExitCode, code_of, told
from correlator.cli.explain import explain
from correlator.cli.incidents import incidents
from correlator.cli.ingest import ingest
from correlator.cli.investigate import investigate
from correlator.cli.kibana import kibana
from correlator.cli.propagation import propagation
from correlator.cli.replay import replay
from correlator.cli.rules import rules
from correlator.cli.serve import serve
from correlator.cli.slo import slo
from correlator.cli.status import status
from correlator.cli.trace import trace
from correlator.errors import CorrelatorError


class Commands(TyperGroup):
    """Ends a command that raised one of our errors with its message on stderr and its exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except CorrelatorError as error:
            typer.echo(told(error), err=True)
            raise typer.Exit(code_of(error)) from error
        except OSError as error:
            if error.filename is None:  # no file of the user's: a fault of ours
                raise
            typer.echo(f"correlator: {error.filename}: {error.strerror}; make it writable, or name another", err=True)
            raise typer.Exit(ExitCode.CANNOT_REACH) from error
        except ModuleNotFoundError as missing:
            raise typer.Exit(refuse_missing(missing)) from missing


app = typer.Typer(
    name="correlator",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 found a problem, 2 wrong use, 3 cannot reach what it needs.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"correlator {__version__}")
        raise typer.Exit


@app.callback()
def correlator(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Which component failed first, and why, across n8n, bridge and workers."""


for command in (serve, ingest, investigate, explain, trace, incidents, status, events, propagation, doctor, demo):
    app.command()(command)
app.add_typer(rules)
app.add_typer(slo)
app.add_typer(replay)
app.add_typer(elasticsearch)
app.add_typer(kibana)
