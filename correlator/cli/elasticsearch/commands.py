"""correlator elasticsearch setup, and check."""

from typing import TYPE_CHECKING, Annotated

import typer

from correlator.cli.exits import ExitCode
from correlator.cli.options import AsJson, ConfigFile

if TYPE_CHECKING:
    from correlator.elasticsearch.setup import Plan

Url = Annotated[
    str | None,
    typer.Option("--url", metavar="URL", help="A node of the cluster; else elasticsearch.hosts.", show_default=False),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]


def setup(url: Url = None, dry_run: DryRun = False, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Make templates, data streams and indices, or bring those that are there up to date.

    Run again it changes nothing. Where a name is taken by what correlator did not make, it does nothing at all and says what to do.
    """
    from correlator.cli.elasticsearch.cluster import opened
    from correlator.elasticsearch.setup import apply, plan

    with opened(config, url) as (client, settings):
        planned = plan(client, settings.names, settings.retention)
        if not dry_run and not planned.refused:
            apply(client, planned)
    _print(planned, settings.place, is_done=not dry_run and not planned.refused, as_json=as_json)
    if planned.refused:
        raise typer.Exit(ExitCode.FOUND_PROBLEM)


def check(url: Url = None, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Say whether templates, data streams and indices are there as they should be; changes nothing. Exit 1 where not."""
    from correlator.cli.elasticsearch.cluster import opened
    from correlator.elasticsearch.setup import plan

    with opened(config, url) as (client, settings):
        planned = plan(client, settings.names, settings.retention)
    _print(planned, settings.place, is_done=False, as_json=as_json)
    if planned.refused or planned.due:
        raise typer.Exit(ExitCode.FOUND_PROBLEM)


def _print(plan: "Plan", place: str, *, is_done: bool, as_json: bool) -> None:
    from correlator.cli.elasticsearch.view import as_document, as_lines
    from correlator.cli.printing import print_json, stdout

    if as_json:
        print_json(as_document(plan, place, is_done))
    else:
        stdout().print(as_lines(plan, place, is_done), soft_wrap=True)
