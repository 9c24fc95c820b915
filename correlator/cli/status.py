"""correlator status: what the executions of a workflow are doing."""

from typing import Annotated

import typer
from rich.console import Group, RenderableType

from correlator.cli.options import DEFAULT_API, ApiUrl, AsJson, Token
from correlator.cli.workflow_status import ExecutionAnswer, WorkflowAnswer


def status(
    workflow_id: Annotated[str, typer.Argument(help="n8n's workflow id.", show_default=False)],
    api: ApiUrl = DEFAULT_API,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Show the latest executions of a workflow: state, progress, when, and why one failed."""
    from correlator.cli.api_client import ApiClient
    from correlator.cli.printing import print_json, stdout

    with ApiClient(api, token) as client:
        answer = client.workflow_status(workflow_id)
    if as_json:
        print_json(answer.json)
    else:
        stdout().print(workflow_view(answer.value))


def workflow_view(workflow: WorkflowAnswer) -> RenderableType:
    """A line an execution, and a second where there is more to say."""
    from correlator.console import plain

    lines = [plain(line) for each in workflow.executions for line in _lines(each)]
    return Group(plain(f"workflow {workflow.workflow_id}", "bold"), *lines)


def _lines(execution: ExecutionAnswer) -> list[str]:
    from correlator.console import utc

    progress = "" if execution.progress is None else f"  {execution.progress:.0%}"
    trace = "" if execution.trace_id is None else f"  trace {execution.trace_id}"
    headline = f"{execution.execution_id}  {execution.state}{progress}  {utc(execution.state_unix_nano)}{trace}"
    more = ": ".join(part for part in (execution.error_type, execution.error_message) if part) or execution.message
    return [headline, f"  {more}"] if more else [headline]
