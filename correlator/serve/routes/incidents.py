"""Incidents, and why they happened."""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Query

from correlator.model.incident import Incident
from correlator.serve.parameters import Cursor, From, IncidentKey, Limit, To
from correlator.serve.problems import documented
from correlator.serve.routes import API
from correlator.serve.schemas import findings, incidents
from correlator.store.contract import Catalog, IncidentQuery

StateFilter = Annotated[Literal["open", "resolved"] | None, Query(description="Only these.", examples=["open"])]


def incidents_router(catalog: Catalog) -> APIRouter:
    """GET incidents, incidents/{key}, incidents/{key}/root-cause."""
    router = APIRouter(prefix=f"{API}/incidents", tags=["incidents"])

    @router.get("", responses=documented(HTTPStatus.BAD_REQUEST))
    def list_incidents(
        state: StateFilter = None, start: From = None, end: To = None, limit: Limit = 100, cursor: Cursor = None
    ) -> incidents.IncidentPage:
        """Incidents, newest opened first. `from` and `to` bound when they opened."""
        page = catalog.incidents(IncidentQuery(state, start, end, limit, cursor))
        return incidents.IncidentPage.model_validate(page)

    @router.get("/{key}", responses=documented(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND))
    def get_incident(key: IncidentKey) -> incidents.Incident:
        """One incident with its root cause."""
        return incidents.Incident.model_validate(_incident(catalog, key))

    @router.get("/{key}/root-cause", responses=documented(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND))
    def get_incident_root_cause(key: IncidentKey) -> findings.Finding:
        """Why an incident happened."""
        return findings.Finding.model_validate(_incident(catalog, key).root_cause)

    return router


def _incident(catalog: Catalog, key: str) -> Incident:
    incident = catalog.incident(key)
    if incident is None:
        raise HTTPException(
            HTTPStatus.NOT_FOUND, f"no incident {key}; `correlator incidents` or {API}/incidents lists them"
        )
    return incident
