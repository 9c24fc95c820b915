"""What n8n's lines may say of an execution: the fields that are taken over, and under which names.

A list of what is taken, not of what is not: n8n puts emails and names of users into `_email`, `_firstName`, `_lastName`,
`projectName`, `userEmail` and others, prompts and answers of models into `msg`, and each release adds fields.
"""

from typing import Final

from correlator import semconv
from correlator.doors.json_logs.entry import Document, Json, text_of

SERVICE: Final = "n8n"
_IDENTIFIERS: Final = {
    "executionId": semconv.N8N_EXECUTION_ID,
    "workflowId": semconv.N8N_WORKFLOW_ID,
    "workflowName": semconv.N8N_WORKFLOW_NAME,
    "nodeName": semconv.N8N_NODE_NAME,
    "lastNodeExecuted": semconv.N8N_NODE_NAME,
    "nodeType": semconv.N8N_NODE_TYPE,
    "errorNodeType": semconv.N8N_NODE_TYPE,
    "nodeId": semconv.N8N_NODE_ID,
    "mode": semconv.N8N_EXECUTION_MODE,
    "projectId": semconv.N8N_PROJECT_ID,
    "retryOf": semconv.N8N_EXECUTION_RETRY_OF,
    "instanceType": semconv.N8N_INSTANCE_ROLE,
    "workerId": "n8n.worker.id",
    "jobId": semconv.N8N_QUEUE_JOB_ID,  # Bull's: counts from 1 for each queue, so it is no correlator.job.id
    "taskId": "n8n.runner.task.id",
    "errorMessage": semconv.EXCEPTION_MESSAGE,
    "userId": "user.id",  # n8n's opaque id
    "reason": "n8n.event.reason",
    "version": semconv.SERVICE_VERSION,
    "file": "code.file.path",
    "function": "code.function.name",
}
"""n8n's name to ours; where two lead to one, the first that is given counts."""


def n8n_attributes(fields: Document) -> dict[str, Json]:
    """The fields that are taken over, as text."""
    attributes: dict[str, Json] = {}
    for field, name in _IDENTIFIERS.items():
        if value := text_of(fields.get(field)):
            attributes.setdefault(name, value)
    return attributes


def n8n_resource(source: str) -> dict[str, Json]:
    """n8n, told by its `source`: its lines do not say which instance wrote them."""
    return {semconv.SOURCE: source, semconv.SERVICE_NAME: SERVICE}
