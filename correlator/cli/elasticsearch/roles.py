"""correlator elasticsearch roles: role descriptors with the least that each part needs."""

from typing import Annotated

import typer

from correlator.cli.exits import CommandFailed, ExitCode
from correlator.cli.options import AsJson, ConfigFile


def roles(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="exporter, store, setup, reader or viewer.", show_default=False)
    ] = None,
    config: ConfigFile = None,
    as_json: AsJson = False,  # as every command takes it; there is no other form
) -> None:
    """Print role descriptors as JSON, with the names of the settings: all of them, or the one of that name."""
    from correlator.cli.printing import print_json
    from correlator.elasticsearch.roles import ROLES, role
    from correlator.settings import load_settings

    if name is not None and name not in ROLES:
        raise CommandFailed(f"there is no role {name!r}; name one of {', '.join(ROLES)}", ExitCode.WRONG_USE)
    given = load_settings(config).elasticsearch
    read = [each.index for each in given.reads]
    found = {each: role(each, given.names, read) for each in ROLES}
    print_json(found if name is None else found[name])
