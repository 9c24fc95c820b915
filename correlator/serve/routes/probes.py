"""What machines ask of the engine itself: is it alive, is it ready, how does it do."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Response

from correlator.serve.health import Health
from correlator.serve.openmetrics import OPENMETRICS, expose
from correlator.serve.problems import documented
from correlator.serve.schemas.probes import Alive, DependencyState, Readiness
from correlator.telemetry.metrics import EngineMetrics

Accept = Annotated[str, Header(description="OpenMetrics is given to whoever names it.", examples=[OPENMETRICS])]


def probes_router(metrics: EngineMetrics, health: Health) -> APIRouter:
    """GET /metrics, /healthz, /readyz."""
    router = APIRouter(tags=["probes"])

    @router.get(
        "/metrics",
        response_class=Response,
        responses={
            200: {
                "description": "Metrics, with trace ids as exemplars in OpenMetrics.",
                "content": {OPENMETRICS: {"schema": {"type": "string"}}, "text/plain": {"schema": {"type": "string"}}},
            },
            **documented(),
        },
    )
    def get_metrics(accept: Accept = "") -> Response:
        """The engine's own metrics, for Prometheus."""
        exposition = expose(metrics.registry, accept)
        return Response(exposition.body, media_type=exposition.content_type)

    @router.get("/healthz", responses=documented())
    def get_health() -> Alive:
        """200 while the process answers. Needs no token."""
        return Alive(status="ok")

    @router.get(
        "/readyz",
        responses={503: {"description": "At least one dependency is down", "model": Readiness}, **documented()},
    )
    def get_readiness(response: Response) -> Readiness:
        """200 while everything that the engine needs works, 503 otherwise; names the state of each."""
        states = health.states()
        ready = all(state.ok for state in states.values())
        response.status_code = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        dependencies = {name: DependencyState.model_validate(state) for name, state in states.items()}
        return Readiness(ready=ready, dependencies=dependencies)

    return router
