"""For a service that is told in a request's body, not in its headers, which n8n execution it works for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from opentelemetry import trace
from opentelemetry.context import attach, detach, get_current

from correlator.telemetry.story_ids import StoryIds, clean_id, current_story_ids, with_story_ids


@contextmanager
def bind_execution(execution_id: str, workflow_id: str = "") -> Iterator[None]:
    """Let the current span, and the logs, jobs and calls of the block, name this execution of n8n's.

    Ids that the request's headers gave stay as they are; empty ids say nothing.
    """
    known = current_story_ids()
    ids = replace(
        known,
        execution_id=known.execution_id or clean_id(execution_id),
        workflow_id=known.workflow_id or clean_id(workflow_id),
    )
    trace.get_current_span().set_attributes(StoryIds(ids.execution_id, ids.workflow_id).as_attributes())
    token = attach(with_story_ids(ids, get_current()))
    try:
        yield
    finally:
        detach(token)
