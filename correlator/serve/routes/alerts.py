"""Alerts: Alertmanager's webhook, and what it told of."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal, Protocol

from fastapi import APIRouter, HTTPException, Query, Request

from correlator.model.alert import TiedAlert
from correlator.pipeline.alerts.tied_alerts import TiedAlerts
from correlator.serve.parameters import IncidentKey, Limit
from correlator.serve.problems import documented
from correlator.serve.request_body import JSON, REFUSALS, JsonBodies
from correlator.serve.routes import API
from correlator.serve.schemas.alerts import Alert, AlertAcceptance, AlertList

SCHEMAS: Final = "#/components/schemas/{name}"
StateFilter = Annotated[Literal["firing", "resolved"] | None, Query(description="Only these.", examples=["firing"])]


class Accepted(Protocol):
    """A webhook that is durable."""

    @property
    def accepted(self) -> int: ...

    @property
    def new(self) -> int: ...


class Webhook(Protocol):
    """Who takes Alertmanager's webhook."""

    @property
    def max_body_bytes(self) -> int: ...

    def json_schemas(self, ref_template: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """The schema of a body, and the schemas that it refers to by `ref_template` with `{name}`."""
        ...

    async def receive(self, body: bytes) -> Accepted:
        """Returns once it is durable. Raises InvalidInput, Overloaded, Unavailable."""
        ...


def alerts_router(alerts: TiedAlerts) -> APIRouter:
    """GET alerts, incidents/{key}/alerts."""
    router = APIRouter(prefix=API, tags=["alerts"])

    @router.get("/alerts", responses=documented(HTTPStatus.BAD_REQUEST))
    def list_alerts(state: StateFilter = None, limit: Limit = 100) -> AlertList:
        """Alerts that Alertmanager told of in the last days, with the incidents that they are of."""
        return _listed(alerts.listed(state, limit))

    @router.get("/incidents/{key}/alerts", responses=documented(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND))
    def list_incident_alerts(key: IncidentKey, limit: Limit = 100) -> AlertList:
        """The alerts that are of an incident."""
        found = alerts.of_incident(key, limit)
        if found is None:
            raise HTTPException(
                HTTPStatus.NOT_FOUND, f"no incident {key}; `correlator incidents` or {API}/incidents lists them"
            )
        return _listed(found)

    return router


def webhook_router(webhook: Webhook, body_timeout_s: float) -> APIRouter:
    """POST alerts/alertmanager."""
    router = APIRouter(prefix=f"{API}/alerts", tags=["alerts"])
    schema, _ = webhook.json_schemas(SCHEMAS)
    bodies = JsonBodies(webhook.max_body_bytes, body_timeout_s, setting="alertmanager.body")

    @router.post(
        "/alertmanager",
        responses=documented(*REFUSALS),
        openapi_extra={"requestBody": {"required": True, "content": {JSON: {"schema": schema}}}},
    )
    async def post_alertmanager(request: Request) -> AlertAcceptance:
        """Tell of a group of alerts: Alertmanager's webhook, version 4, as it is.

        Answered once it is durable. What was told before changes nothing.
        """
        async with bodies.read(request) as body:
            taken = await webhook.receive(body)
        return AlertAcceptance(accepted=taken.accepted, new=taken.new)

    return router


def _listed(alerts: Iterable[TiedAlert]) -> AlertList:
    return AlertList(alerts=tuple(_shown(each) for each in alerts))


def _shown(tied: TiedAlert) -> Alert:
    alert = tied.alert
    return Alert(
        fingerprint=alert.fingerprint,
        name=alert.name,
        state=alert.state,
        severity=alert.severity,
        labels=dict(alert.labels),
        annotations=dict(alert.annotations),
        starts_at_unix_nano=alert.starts_at_unix_nano,
        ends_at_unix_nano=alert.ends_at_unix_nano,
        heard_at_unix_nano=alert.heard_at_unix_nano,
        generator_url=alert.generator_url,
        receiver=alert.receiver,
        incident=tied.incident,
        method=tied.method,
    )
