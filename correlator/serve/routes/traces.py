"""Traces, and what failed first in each."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query

from correlator.pipeline.stories.investigate import Investigator
from correlator.serve.parameters import Cursor, From, Limit, To, TraceId
from correlator.serve.problems import documented
from correlator.serve.routes import API
from correlator.serve.schemas.findings import Finding
from correlator.serve.schemas.traces import Trace, TracePage
from correlator.store.contract import Reader, TraceQuery

Service = Annotated[str | None, Query(description="With a span of this service.", examples=["invoice-worker"])]
System = Annotated[
    str | None, Query(description="With a span of this tier: n8n, bridge, worker or other.", examples=["worker"])
]
WithError = Annotated[
    bool | None, Query(alias="error", description="true: with an error. false: without any.", examples=[True])
]
WholeStory = Annotated[bool, Query(description="false: the one trace alone.", examples=[True])]


def traces_router(reader: Reader, investigator: Investigator) -> APIRouter:
    """GET traces, traces/{trace_id}, traces/{trace_id}/root-cause."""
    router = APIRouter(prefix=f"{API}/traces", tags=["traces"])

    @router.get("", responses=documented(HTTPStatus.BAD_REQUEST))
    def list_traces(
        service: Service = None,
        system: System = None,
        error: WithError = None,
        start: From = None,
        end: To = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> TracePage:
        """Traces, newest start first: those with one span that satisfies every filter."""
        page = reader.find_traces(TraceQuery(service, system, error, start, end, limit, cursor))
        return TracePage.model_validate(page)

    @router.get("/{trace_id}", responses=documented(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND))
    def get_trace(trace_id: TraceId, story: WholeStory = True) -> Trace:
        """A trace and everything that belongs to its story, though under other trace ids."""
        trace = investigator.trace(trace_id, story=story)
        if trace is None:
            raise _unknown(trace_id)
        return Trace.model_validate(trace)

    @router.get("/{trace_id}/root-cause", responses=documented(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND))
    def get_trace_root_cause(trace_id: TraceId) -> Finding:
        """Which component failed first in the trace's story, and why. Where nothing failed, an abstention."""
        finding = investigator.explain(trace_id)
        if finding is None:
            raise _unknown(trace_id)
        return Finding.model_validate(finding)

    return router


def _unknown(trace_id: str) -> HTTPException:
    return HTTPException(
        HTTPStatus.NOT_FOUND, f"no trace {trace_id}; its spans may not have arrived yet, or are past retention"
    )
