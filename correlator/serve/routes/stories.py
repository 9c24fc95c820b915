"""Stories by what an engineer has in hand."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from correlator.pipeline.stories.find_stories import StoryFinder, StoryQuery
from correlator.serve.parameters import From, To
from correlator.serve.problems import documented
from correlator.serve.routes import API
from correlator.serve.schemas.stories import StoryList

ExecutionId = Annotated[str | None, Query(max_length=200, description="An n8n execution's id.", examples=["17"])]
WorkflowId = Annotated[
    str | None,
    Query(max_length=200, description="Only executions of this n8n workflow.", examples=["aBcDeFgHiJkLmNoP"]),
]
JobId = Annotated[str | None, Query(max_length=200, description="A queued job's id.", examples=["job-17"])]
StoryLimit = Annotated[int, Query(ge=1, le=100, description="How many at most.", examples=[20])]


def stories_router(finder: StoryFinder) -> APIRouter:
    """GET stories."""
    router = APIRouter(prefix=f"{API}/stories", tags=["traces"])

    @router.get("", responses=documented(HTTPStatus.BAD_REQUEST))
    def list_stories(
        execution_id: ExecutionId = None,
        workflow_id: WorkflowId = None,
        job_id: JobId = None,
        start: From = None,
        end: To = None,
        limit: StoryLimit = 20,
    ) -> StoryList:
        """Stories with this execution, this job, or both, newest start first; `traces/{story_id}` shows one.

        Of an id that thousands of records carry the oldest are looked at: give `from`.
        """
        query = StoryQuery(execution_id, workflow_id, job_id, start, end, limit)
        return StoryList.model_validate({"stories": finder.find(query)})

    return router
