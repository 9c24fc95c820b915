"""What a workflow's executions are doing."""

from http import HTTPStatus

from fastapi import APIRouter, HTTPException

from correlator.pipeline.workflows.executions import Executions
from correlator.serve.problems import documented
from correlator.serve.routes import API
from correlator.serve.routes.callbacks import WorkflowId
from correlator.serve.schemas.workflows import WorkflowStatus


def status_router(executions: Executions) -> APIRouter:
    """GET status/{workflow_id}."""
    router = APIRouter(prefix=f"{API}/status", tags=["workflows"])

    @router.get("/{workflow_id}", responses=documented(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND))
    def get_status(workflow_id: WorkflowId) -> WorkflowStatus:
        """The latest executions of a workflow, as callbacks and n8n itself told of them."""
        known = executions.executions_of(workflow_id)
        if not known:
            raise HTTPException(
                HTTPStatus.NOT_FOUND,
                f"nothing heard of workflow {workflow_id} lately; executions are forgotten after callbacks.status_ttl",
            )
        return WorkflowStatus.model_validate({"workflow_id": workflow_id, "executions": known})

    return router
