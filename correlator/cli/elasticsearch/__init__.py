"""The group `correlator elasticsearch`: whether a cluster is ready for what goes there, and making it so.

commands    setup and check
cluster     a client for the cluster of the settings, and what an error of it means for the command
view        a plan as a table, or as JSON
roles       the least that a key needs
"""

import typer

from correlator.cli.elasticsearch.commands import check, setup
from correlator.cli.elasticsearch.roles import roles

elasticsearch = typer.Typer(
    name="elasticsearch", no_args_is_help=True, help="Make an Elasticsearch ready for records and incidents."
)
elasticsearch.command()(setup)
elasticsearch.command()(check)
elasticsearch.command()(roles)

__all__ = ["elasticsearch"]
