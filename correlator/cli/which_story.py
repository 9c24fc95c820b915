"""Which story a command is asked about: by trace id, or by what an engineer has in hand."""

from typing import TYPE_CHECKING, Annotated

import typer

from correlator.cli.exits import CommandFailed, ExitCode

if TYPE_CHECKING:
    from correlator.cli.api_client import ApiClient

TraceId = Annotated[str | None, typer.Argument(metavar="TRACE_ID", help="32 hexadecimal digits.", show_default=False)]
Execution = Annotated[
    str | None,
    typer.Option("--execution", metavar="ID", help="The story of this n8n execution instead.", show_default=False),
]
Workflow = Annotated[
    str | None,
    typer.Option("--workflow", metavar="ID", help="Of this n8n workflow, where ids are ambiguous.", show_default=False),
]
Job = Annotated[
    str | None, typer.Option("--job", metavar="ID", help="The story of this job instead.", show_default=False)
]


def trace_id_of(
    client: "ApiClient", trace_id: str | None, execution: str | None, workflow: str | None, job: str | None
) -> str:
    """The trace id to ask for. Raises CommandFailed where no story or several have that execution or job."""
    if trace_id is not None:
        return trace_id
    given = {"execution_id": execution, "workflow_id": workflow, "job_id": job}
    query = {name: value for name, value in given.items() if value is not None}
    stories = client.stories(query).value.stories
    named = " and ".join(f"{name.removesuffix('_id')} {value}" for name, value in query.items())
    if not stories:
        raise CommandFailed(
            f"no story has {named}; it may not have arrived yet, or is past retention", ExitCode.FOUND_PROBLEM
        )
    if len(stories) > 1:
        from correlator.console import utc

        lines = (f"  {story.story_id}  {utc(story.start_time_unix_nano)}  {story.name}" for story in stories)
        remedy = f"{len(stories)} stories have {named}; give --workflow, or one of these trace ids:"
        raise CommandFailed("\n".join((remedy, *lines)), ExitCode.FOUND_PROBLEM)
    return stories[0].story_id
