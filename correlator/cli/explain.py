"""correlator explain: which component failed first, and why."""

from typing import Annotated

import typer

from correlator.cli.exits import CommandFailed, ExitCode
from correlator.cli.options import DEFAULT_API, ApiUrl, AsJson, Token
from correlator.cli.which_story import Execution, Job, TraceId, Workflow, trace_id_of


def explain(
    trace_id: TraceId = None,
    incident: Annotated[
        str | None, typer.Option("--incident", metavar="KEY", help="Explain an incident instead.", show_default=False)
    ] = None,
    execution: Execution = None,
    workflow: Workflow = None,
    job: Job = None,
    api: ApiUrl = DEFAULT_API,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Say which component of a trace's story or an incident failed first, and why."""
    from correlator.cli.api_client import ApiClient
    from correlator.cli.printing import print_json, stdout
    from correlator.console import finding_view

    subjects = (trace_id, incident, execution or job)
    if sum(each is not None for each in subjects) != 1:
        raise CommandFailed(
            "give either a TRACE_ID, or --incident KEY, or --execution ID, or --job ID", ExitCode.WRONG_USE
        )
    with ApiClient(api, token) as client:
        if incident is not None:
            answer, subject = client.incident_root_cause(incident), f"incident {incident}"
        else:
            trace_id = trace_id_of(client, trace_id, execution, workflow, job)
            answer, subject = client.trace_root_cause(trace_id), f"trace {trace_id}"
    if as_json:
        print_json(answer.json)
    else:
        stdout().print(finding_view(answer.value, subject))
