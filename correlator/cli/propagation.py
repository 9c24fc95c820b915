"""correlator propagation: how often trace context arrives, and what mends it."""

from typing import Annotated

import typer

from correlator.cli.options import DEFAULT_API, ApiUrl, AsJson, Token


def propagation(
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", help="RFC 3339 or unix nanoseconds; an hour ago.", show_default=False),
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="RFC 3339 or unix nanoseconds; now.", show_default=False)
    ] = None,
    api: ApiUrl = DEFAULT_API,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Show how often trace context arrives from n8n to bridge, queue, worker and callback, and the setting that mends it."""
    from correlator.cli.api_client import ApiClient
    from correlator.cli.printing import print_json, stdout
    from correlator.console import propagation_view

    given = {"from": start, "to": end}
    with ApiClient(api, token) as client:
        answer = client.propagation({name: value for name, value in given.items() if value is not None})
    if as_json:
        print_json(answer.json)
    else:
        stdout().print(propagation_view(answer.value))
