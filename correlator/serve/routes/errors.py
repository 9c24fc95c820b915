"""The error table: errors with one fingerprint, over all traces."""

from http import HTTPStatus

from fastapi import APIRouter

from correlator.serve.parameters import Limit
from correlator.serve.problems import documented
from correlator.serve.routes import API
from correlator.serve.schemas.errors import ErrorGroupPage
from correlator.store.contract import Catalog


def errors_router(catalog: Catalog) -> APIRouter:
    """GET errors."""
    router = APIRouter(prefix=f"{API}/errors", tags=["errors"])

    @router.get("", responses=documented(HTTPStatus.BAD_REQUEST))
    def list_errors(limit: Limit = 100) -> ErrorGroupPage:
        """Error groups, last seen first."""
        return ErrorGroupPage.model_validate(catalog.error_groups(limit))

    return router
