"""The group `correlator kibana`: dashboards, saved searches, data views and alerts into a Kibana.

importing   the command
shipped     the file that travels with the package, made to fit an engine
alerts      log-based alerts (rules/elasticsearch) as Kibana's rules
client      Kibana's saved objects and alerting APIs
outcome     what became of each object, and what to do about it
view        that as a table, or as JSON
"""

import typer

from correlator.cli.kibana.importing import import_command

kibana = typer.Typer(
    name="kibana", no_args_is_help=True, help="Put dashboards, saved searches and log-based alerts into Kibana."
)


@kibana.callback()
def _group() -> None:
    """Keeps `import` a command of its own while it is the only one."""


kibana.command("import")(import_command)

__all__ = ["kibana"]
