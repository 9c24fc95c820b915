"""Objectives: whether they are kept, and what burns their error budgets."""

from http import HTTPStatus
from itertools import islice
from typing import Annotated, Final

from fastapi import APIRouter, HTTPException, Query

from correlator.pipeline.slo.status import ObjectiveStatus, State, StatusReader
from correlator.serve.at_once import AtOnce
from correlator.serve.parameters import At, Cursor, Limit, ObjectiveId
from correlator.serve.problems import documented
from correlator.serve.routes import API
from correlator.serve.schemas.slos import SloBudget, SloBurnRates, SloPage, budget_of, burn_rates_of, slo_of

LISTS_AT_ONCE: Final = 8
"""In the past an objective takes 25 ms, and 1,000 of them half a minute; over a Prometheus that is slow, 5 s each."""
ServiceFilter = Annotated[
    str | None, Query(max_length=200, description="Only those of this service.", examples=["bridge"])
]
StateFilter = Annotated[
    State | None,
    Query(description="Only those with this verdict, or those that call so.", examples=["missed"]),
]


def slos_router(reader: StatusReader) -> APIRouter:
    """GET slos, slos/{id}/burn-rates, slos/{id}/budget."""
    router = APIRouter(prefix=f"{API}/slos", tags=["slos"])
    lists = AtOnce(LISTS_AT_ONCE)

    @router.get("", responses=documented(HTTPStatus.BAD_REQUEST, HTTPStatus.TOO_MANY_REQUESTS))
    def list_slos(
        service: ServiceFilter = None,
        state: StateFilter = None,
        at: At = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> SloPage:
        """Objectives by id, and how each stands. One whose Prometheus does not answer is unknown, with the reason."""
        asked = (
            each
            for each in reader.objectives.all()
            if service in (None, each.service) and (cursor is None or each.id > cursor)
        )
        found = (each for each in reader.statuses(asked, at) if state is None or each.is_in(state))
        with lists:
            page = list(islice(found, limit + 1))
        next_cursor = page[limit - 1].objective.id if len(page) > limit else None
        return SloPage(slos=tuple(slo_of(each) for each in page[:limit]), next_cursor=next_cursor)

    failures = documented(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE)

    @router.get("/{objective_id}/burn-rates", responses=failures)
    def get_burn_rates(objective_id: ObjectiveId, at: At = None) -> SloBurnRates:
        """How fast an objective's error budget goes, over every window, and which alerts are on."""
        return burn_rates_of(_status(reader, objective_id, at))

    @router.get("/{objective_id}/budget", responses=failures)
    def get_budget(objective_id: ObjectiveId, at: At = None) -> SloBudget:
        """What is left of an objective's error budget, and for how long."""
        return budget_of(_status(reader, objective_id, at))

    return router


def _status(reader: StatusReader, objective_id: str, at: int | None) -> ObjectiveStatus:
    status = reader.find(objective_id, at)
    if status is None:
        raise HTTPException(
            HTTPStatus.NOT_FOUND, f"no objective {objective_id}; `correlator slo status` or {API}/slos lists them"
        )
    return status
