"""correlator trace: a trace and its story as a tree."""

from typing import Annotated

import typer

from correlator.cli.exits import CommandFailed, ExitCode
from correlator.cli.options import DEFAULT_API, ApiUrl, AsJson, Token
from correlator.cli.which_story import Execution, Job, TraceId, Workflow, trace_id_of


def trace(
    trace_id: TraceId = None,
    execution: Execution = None,
    workflow: Workflow = None,
    job: Job = None,
    alone: Annotated[bool, typer.Option("--alone", help="The one trace, without the rest of its story.")] = False,
    api: ApiUrl = DEFAULT_API,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Show a trace and all that belongs to its story as a tree: service, tier, duration, errors, and what joins its parts."""
    from correlator.cli.api_client import ApiClient
    from correlator.cli.printing import print_json, stdout
    from correlator.console import trace_view

    if (trace_id is None) == (execution is None and job is None):
        raise CommandFailed("give either a TRACE_ID, or --execution ID, or --job ID", ExitCode.WRONG_USE)
    with ApiClient(api, token) as client:
        answer = client.trace(trace_id_of(client, trace_id, execution, workflow, job), story=not alone)
    if as_json:
        print_json(answer.json)
    else:
        stdout().print(trace_view(answer.value))
