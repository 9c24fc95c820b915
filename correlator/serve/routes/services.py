"""The services that were heard of, and who calls whom."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter

from correlator.model.service_graph import ServiceGraph
from correlator.serve.parameters import From, To
from correlator.serve.problems import documented
from correlator.serve.routes import API
from correlator.serve.schemas import services
from correlator.store.contract import Reader

LAST_HOUR_NANO: Final = 3_600 * 10**9


def services_router(reader: Reader, clock_unix_nano: Callable[[], int]) -> APIRouter:
    """GET services, service-graph."""
    router = APIRouter(prefix=API, tags=["services"])

    def graph(start: int | None, end: int | None) -> ServiceGraph:
        until = clock_unix_nano() if end is None else end
        since = until - LAST_HOUR_NANO if start is None else start
        return reader.service_graph(since, until)

    @router.get("/services", responses=documented(HTTPStatus.BAD_REQUEST))
    def list_services(start: From = None, end: To = None) -> services.ServiceList:
        """Services with spans in [from, to), by name; of the hour before `to` (now) unless `from` is given."""
        return services.ServiceList.model_validate({"services": graph(start, end).nodes})

    @router.get("/service-graph", responses=documented(HTTPStatus.BAD_REQUEST))
    def get_service_graph(start: From = None, end: To = None) -> services.ServiceGraph:
        """Services and their calls in [from, to); of the hour before `to` (now) unless `from` is given."""
        return services.ServiceGraph.model_validate(graph(start, end))

    return router
