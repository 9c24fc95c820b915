"""correlator trace: the spans of one trace as a tree."""

from typing import Annotated

import typer

from correlator.cli.options import DEFAULT_API, ApiUrl, AsJson, Token


def trace(
    trace_id: Annotated[str, typer.Argument(help="32 hexadecimal digits.", show_default=False)],
    api: ApiUrl = DEFAULT_API,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Show a trace as a tree of spans: service, tier, duration, errors."""
    from correlator.cli.api_client import ApiClient
    from correlator.cli.printing import print_json, stdout
    from correlator.console import trace_view

    with ApiClient(api, token) as client:
        answer = client.trace(trace_id)
    if as_json:
        print_json(answer.json)
    else:
        stdout().print(trace_view(answer.value))
