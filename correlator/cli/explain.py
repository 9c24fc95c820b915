"""correlator explain: which component failed first, and why."""

from typing import Annotated

import typer

from correlator.cli.exits import CommandFailed, ExitCode
from correlator.cli.options import DEFAULT_API, ApiUrl, AsJson, Token


def explain(
    trace_id: Annotated[
        str | None, typer.Argument(metavar="[TRACE_ID]", help="32 hexadecimal digits.", show_default=False)
    ] = None,
    incident: Annotated[
        str | None, typer.Option("--incident", metavar="KEY", help="Explain an incident instead.", show_default=False)
    ] = None,
    api: ApiUrl = DEFAULT_API,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Say which component of a trace or an incident failed first, and why."""
    from correlator.cli.api_client import ApiClient
    from correlator.cli.printing import print_json, stdout
    from correlator.console import finding_view

    if (trace_id is None) == (incident is None):
        raise CommandFailed("give either a TRACE_ID or --incident KEY", ExitCode.WRONG_USE)
    with ApiClient(api, token) as client:
        if incident is not None:
            answer, subject = client.incident_root_cause(incident), f"incident {incident}"
        else:
            answer, subject = client.trace_root_cause(trace_id or ""), f"trace {trace_id}"
    if as_json:
        print_json(answer.json)
    else:
        stdout().print(finding_view(answer.value, subject))
