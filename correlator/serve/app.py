"""The application: every route on one store, one investigator, one set of metrics."""

import time
from collections.abc import Callable
from typing import Any, Final, Protocol

from fastapi import FastAPI

from correlator import __version__
from correlator.pipeline.patterns.files import PatternFiles
from correlator.pipeline.patterns.patterns import Patterns
from correlator.pipeline.slo.objectives import Objectives
from correlator.pipeline.slo.report import Reporter
from correlator.pipeline.slo.status import StatusReader
from correlator.pipeline.stories.find_stories import StoryFinder
from correlator.pipeline.stories.investigate import Investigator
from correlator.pipeline.stories.propagation import PropagationReader
from correlator.serve import problems
from correlator.serve.alerts import AlertApi
from correlator.serve.authorization import BearerToken
from correlator.serve.health import Health
from correlator.serve.local_requests import LocalRequests
from correlator.serve.request_metrics import RequestMetrics
from correlator.serve.routes.errors import errors_router
from correlator.serve.routes.incidents import incidents_router
from correlator.serve.routes.jaeger import STORIES, jaeger_router
from correlator.serve.routes.patterns import patterns_router
from correlator.serve.routes.probes import probes_router
from correlator.serve.routes.propagation import propagation_router
from correlator.serve.routes.services import services_router
from correlator.serve.routes.slo_reports import slo_reports_router
from correlator.serve.routes.slos import slos_router
from correlator.serve.routes.stories import stories_router
from correlator.serve.routes.traces import traces_router
from correlator.serve.workflows import WorkflowApi
from correlator.store.contract import Catalog, OutcomeLedger, Reader
from correlator.telemetry.metrics import EngineMetrics

DESCRIPTION: Final = """Which component failed first, and why, across n8n, bridge and workers.

Ids are lowercase hex. Times in answers are unix nanoseconds; in queries RFC 3339 or unix nanoseconds, as [from, to).
Lists come in pages: give `next_cursor` as `cursor` until it is null. Failures are RFC 9457 problem+json.

With `listen.token` every path but /healthz needs it as bearer token. Without, the engine listens on loopback only, and a request
whose Host or Origin is not localhost, 127.0.0.0/8 or [::1] is refused with 403: so no web page reaches it."""


class Readable(Reader, Catalog, OutcomeLedger, Protocol):
    """The side of a store that the API reads."""


def make_app(
    store: Readable,
    investigator: Investigator,
    metrics: EngineMetrics,
    health: Health,
    workflows: WorkflowApi,
    *,
    patterns: Patterns | None = None,
    slos: StatusReader | None = None,
    alerts: AlertApi | None = None,
    public_url: str = "",
    bearer_token: str | None = None,
    clock_unix_nano: Callable[[], int] = time.time_ns,
) -> FastAPI:
    """The API as an ASGI application. With `bearer_token` every path but /healthz asks for it; without, it is for requests to
    loopback only.

    Without `patterns` no rule is in force, without `slos` no objective. Links in reports begin with `public_url`.
    """
    app = FastAPI(title="correlator", version=__version__, description=DESCRIPTION, docs_url=None, redoc_url=None)
    app.include_router(incidents_router(store))
    app.include_router(traces_router(store, investigator))
    app.include_router(stories_router(StoryFinder(store, investigator)))
    app.include_router(propagation_router(PropagationReader(store), clock_unix_nano))
    app.include_router(services_router(store, clock_unix_nano))
    app.include_router(errors_router(store))
    no_patterns = PatternFiles((), metrics, with_shipped=False)
    app.include_router(patterns_router(patterns or Patterns(no_patterns, store, metrics)))
    slos = slos or StatusReader(Objectives((), store), store, clock_unix_nano)
    app.include_router(slos_router(slos))
    app.include_router(slo_reports_router(Reporter(slos.objectives, store), clock_unix_nano, public_url))
    app.include_router(jaeger_router(store, investigator, clock_unix_nano))
    app.include_router(jaeger_router(store, investigator, clock_unix_nano, STORIES), include_in_schema=False)
    workflows.install(app, metrics)
    if alerts is not None:
        alerts.install(app)
    app.include_router(probes_router(metrics, health))
    problems.install(app)
    if bearer_token is None:
        app.add_middleware(LocalRequests)
    else:
        app.add_middleware(BearerToken, token=bearer_token)
    app.add_middleware(RequestMetrics, metrics=metrics)  # added last: around all others
    sent = workflows.components() | (alerts.components() if alerts is not None else {})
    _describe(app, sent, asks_for_token=bearer_token is not None)
    return app


def _describe(app: FastAPI, sent: dict[str, Any], *, asks_for_token: bool) -> None:
    """Complete the OpenAPI document with what FastAPI cannot know: schemas of problems and of what is sent, and the token."""
    document: dict[str, Any] = app.openapi()
    schemas = problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    document["components"]["schemas"] |= schemas.pop("$defs") | {"Problem": schemas} | sent
    if asks_for_token:
        document["components"]["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"bearer": []}]
        document["paths"]["/healthz"]["get"]["security"] = []
