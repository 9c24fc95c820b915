"""Names that services have for a story's ids, as attributes that join it: `execution_id` is n8n's execution."""

from typing import Final

from correlator import semconv
from correlator.doors.json_logs.entry import Json, text_of

ALIASES: Final = {
    "execution_id": semconv.N8N_EXECUTION_ID,
    "executionId": semconv.N8N_EXECUTION_ID,
    "n8n_execution_id": semconv.N8N_EXECUTION_ID,
    semconv.HEADER_N8N_EXECUTION_ID: semconv.N8N_EXECUTION_ID,
    "workflow_id": semconv.N8N_WORKFLOW_ID,
    "workflowId": semconv.N8N_WORKFLOW_ID,
    "n8n_workflow_id": semconv.N8N_WORKFLOW_ID,
    semconv.HEADER_N8N_WORKFLOW_ID: semconv.N8N_WORKFLOW_ID,
    "job_id": semconv.JOB_ID,
    "jobId": semconv.JOB_ID,
    "job.id": semconv.JOB_ID,
    "idempotency_key": semconv.JOB_IDEMPOTENCY_KEY,
    "idempotency-key": semconv.JOB_IDEMPOTENCY_KEY,
}
"""Spelling to semconv's name. n8n's own lines have theirs in n8n_fields."""


def with_story_names(fields: dict[str, Json]) -> dict[str, Json]:
    """`fields` under semconv's names; a field that has its right name already keeps its value."""
    renamed = {name: value for name, value in fields.items() if name not in ALIASES}
    for alias in ALIASES:
        if alias in fields:
            identifier = text_of(fields[alias])
            renamed.setdefault(ALIASES[alias] if identifier else alias, identifier or fields[alias])
    return renamed
