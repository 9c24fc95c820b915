"""Reports on objectives: what was attained in a day, a week, a month, and what burnt the budget."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, HTTPException, Query
from fastapi.responses import Response
from pydantic import BaseModel

from correlator.errors import InvalidInput
from correlator.pipeline.slo.report import MEDIA_TYPES, ApiLinks, Reporter, ReportFormat, overview_page, report_page
from correlator.serve.at_once import AtOnce
from correlator.serve.media_types import preferred
from correlator.serve.parameters import From, ObjectiveId, To
from correlator.serve.problems import documented
from correlator.serve.routes import API
from correlator.serve.schemas.slo_reports import SloReport, SloReportOverview
from correlator.slo.report import ReportRange, range_between, range_of
from correlator.slo.report.calendar_range import Period

OVERVIEWS_AT_ONCE: Final = 2
"""A month of an objective takes 30 ms, a year 300: of 1,000 objectives minutes of a processor."""
_HEADERS: Final = {
    "Vary": "Accept",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}
"""A page holds names from outside: escaped, and of no use to a browser that runs them all the same."""

PeriodOf = Annotated[Period | None, Query(description="day, week (ISO) or month, UTC; day without.", examples=["week"])]
Of = Annotated[
    str | None,
    Query(
        max_length=40,
        description="A day in it (2026-11-20), or its label (2026-W47, 2026-11); without, the one that runs.",
        examples=["2026-01-31"],
    ),
]
Form = Annotated[
    ReportFormat | None,
    Query(alias="format", description="json, markdown or html; without, what Accept likes best.", examples=["json"]),
]
Accept = Annotated[str, Header(description="application/json, text/markdown or text/html.")]


def slo_reports_router(reporter: Reporter, clock_unix_nano: Callable[[], int], public_url: str = "") -> APIRouter:
    """GET slos/report, slos/{id}/report."""
    router = APIRouter(prefix=f"{API}/slos", tags=["slos"])
    overviews = AtOnce(OVERVIEWS_AT_ONCE)

    def asked_range(period: PeriodOf = None, of: Of = None, start: From = None, end: To = None) -> ReportRange:
        now = clock_unix_nano()
        if start is None and end is None:
            return range_of(period or "day", of, now)
        if period is not None or of is not None:
            raise InvalidInput("a report is of a `period` or goes `from` and `to`; leave one of them out")
        if start is None:
            raise InvalidInput("a report that goes `to` a time needs a `from`; give both")
        return range_between(start, now if end is None else end, now)

    asked = Annotated[ReportRange, Depends(asked_range)]

    refusals = (HTTPStatus.BAD_REQUEST, HTTPStatus.TOO_MANY_REQUESTS)

    @router.get("/report", responses=_answers(SloReportOverview, *refusals), response_class=Response)
    def get_overview(given: asked, form: Form = None, accept: Accept = "") -> Response:
        """All objectives over a day, a week or a month, a line for each; one whose Prometheus does not answer, with the reason."""
        chosen = form or _accepted(accept)
        with overviews:
            overview = reporter.overview(given, clock_unix_nano())
        return _page(overview_page(overview, chosen, ApiLinks(given, chosen, public_url)), chosen)

    failures = (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE)

    @router.get("/{objective_id}/report", responses=_answers(SloReport, *failures), response_class=Response)
    def get_report(objective_id: ObjectiveId, given: asked, form: Form = None, accept: Accept = "") -> Response:
        """An objective in a day, a week or a month: what was attained, what is left, who was called, what burnt the budget."""
        objective = reporter.objectives.find(objective_id)
        if objective is None:
            raise HTTPException(
                HTTPStatus.NOT_FOUND, f"no objective {objective_id}; `correlator slo status` or {API}/slos lists them"
            )
        chosen = form or _accepted(accept)
        report = reporter.report(objective, given, clock_unix_nano())
        return _page(report_page(report, chosen, ApiLinks(given, chosen, public_url)), chosen)

    return router


def _accepted(accept: str) -> ReportFormat:
    forms: dict[str, ReportFormat] = {media.partition(";")[0]: form for form, media in MEDIA_TYPES.items()}
    return forms[preferred(accept, tuple(forms))]


def _page(text: str, form: ReportFormat) -> Response:
    return Response(text, headers={**_HEADERS, "Content-Type": MEDIA_TYPES[form]})


def _answers(model: type[BaseModel], *failures: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    text = {"schema": {"type": "string"}}
    content = {"text/markdown": text, "text/html": text}
    return {HTTPStatus.OK.value: {"model": model, "description": "The report", "content": content}} | documented(
        *failures
    )
