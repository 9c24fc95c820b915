"""What Grafana's Jaeger data source asks: services, operations, traces and dependencies in Jaeger's shape."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, HTTPException, Response

from correlator.errors import InvalidInput
from correlator.pipeline.stories.investigate import Investigator
from correlator.serve import problems
from correlator.serve.jaeger import parameters as given
from correlator.serve.jaeger import schemas
from correlator.serve.jaeger.answers import JaegerRoute, answer
from correlator.serve.jaeger.identifiers import read_trace_id
from correlator.serve.jaeger.recall import Recall
from correlator.serve.jaeger.search import Found, Search
from correlator.serve.jaeger.spans import KINDS
from correlator.serve.jaeger.traces import trace_of
from correlator.store.contract import Reader

TRACES: Final = "/jaeger"
"""What a data source is pointed at to see traces."""
STORIES: Final = "/jaeger/stories"
"""The same, where a trace by id is answered with its whole story."""
DEFAULT_LIMIT: Final = 100


def jaeger_router(
    reader: Reader, investigator: Investigator, clock_unix_nano: Callable[[], int], prefix: str = TRACES
) -> APIRouter:
    """GET services, services/{service}/operations, operations, traces, traces/{trace_id}, dependencies."""
    router = APIRouter(prefix=f"{prefix}/api", tags=["jaeger"], route_class=JaegerRoute)
    recall = Recall(reader, investigator, clock_unix_nano, tells_stories=prefix == STORIES)
    _route_names(router, recall)
    _route_search(router, recall)
    _route_trace(router, recall)
    _route_dependencies(router, recall)
    return router


def _route_names(router: APIRouter, recall: Recall) -> None:
    @router.get("/services", response_model=schemas.JaegerNames, responses=_documented())
    def list_jaeger_services() -> Response:
        """The services of the last seven days."""
        names = recall.services()
        return answer(list(names), total=len(names))

    @router.get("/services/{service:path}/operations", response_model=schemas.JaegerNames, responses=_documented())
    def list_jaeger_operation_names(service: given.ServiceInPath) -> Response:
        """What a service did in the last seven days: the names of its spans, at most 10,000."""
        names = sorted({operation.name for operation in recall.operations(service)})
        return answer(names, total=len(names))

    @router.get("/operations", response_model=schemas.JaegerOperations, responses=_documented(HTTPStatus.BAD_REQUEST))
    def list_jaeger_operations(service: given.RequiredService, spanKind: given.SpanKind = "") -> Response:  # noqa: N803
        """What a service did in the last seven days: the names and kinds of its spans, at most 10,000."""
        told = [{"name": one.name, "spanKind": KINDS[one.kind]} for one in recall.operations(service)]
        of_kind = [one for one in told if spanKind in ("", one["spanKind"])]
        return answer(of_kind, total=len(of_kind))


def _route_search(router: APIRouter, recall: Recall) -> None:
    @router.get("/traces", response_model=schemas.JaegerTraces, responses=_documented(HTTPStatus.BAD_REQUEST))
    def search_jaeger_traces(
        service: given.ServiceName = "",
        operation: given.OperationName = "",
        start: given.Start = None,
        end: given.End = None,
        limit: given.Limit = None,
        tag: given.TagPairs = [],  # noqa: B006
        tags: given.TagObjects = [],  # noqa: B006
        minDuration: given.ShortestDuration = None,  # noqa: N803
        maxDuration: given.LongestDuration = None,  # noqa: N803
        lookback: given.LookbackOfUi = "",
        traceID: given.TraceIds = [],  # noqa: B006, N803
    ) -> Response:
        """Traces with one span of the service that satisfies all of it, newest start first; of the last 48 hours unless
        `start` is given.

        The tag `error` asks for what the engine holds to be an error, also where the span's status does not say so.
        Tags are looked for in the newest 2,000 traces that satisfy the rest; an answer holds 20,000 spans at most. What a
        bound left out is told in `errors`.
        """
        if minDuration and maxDuration and maxDuration < minDuration:
            raise InvalidInput("maxDuration is less than minDuration")
        wanted = given.tags(tag, tags)
        if traceID:
            return _told(recall.by_ids([read_trace_id(one) for one in traceID]))
        if not service:
            raise InvalidInput("parameter 'service' is required")
        since, until = recall.searched(start, end)
        search = Search(
            service,
            since,
            until,
            limit=limit or DEFAULT_LIMIT,
            operation=operation or None,
            min_duration_nano=minDuration,
            max_duration_nano=maxDuration,
            tags=wanted,
        )
        return _told(recall.search(search))


def _route_trace(router: APIRouter, recall: Recall) -> None:
    failures = _documented(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND)

    @router.get("/traces/{trace_id}", response_model=schemas.JaegerTraces, responses=failures)
    def get_jaeger_trace(trace_id: given.TraceIdInPath, start: given.Start = None, end: given.End = None) -> Response:
        """A trace with its own spans. `start` and `end`, which Grafana can send as a hint, are not needed and not used.

        Under /jaeger/stories/api, where everything else is the same, it is the whole story: the spans of all of its
        traces under this one id, joined as warnings say.
        """
        found = recall.trace(read_trace_id(trace_id))
        if found is None:
            raise HTTPException(
                HTTPStatus.NOT_FOUND, f"no trace {trace_id}; its spans may not have arrived yet, or are past retention"
            )
        return answer([found])


def _route_dependencies(router: APIRouter, recall: Recall) -> None:
    failures = _documented(HTTPStatus.BAD_REQUEST)

    @router.get("/dependencies", response_model=schemas.JaegerDependencies, responses=failures)
    def list_jaeger_dependencies(
        endTs: given.EndTs = None,  # noqa: N803
        lookback: given.Lookback = None,
        service: given.OnlyService = "",
    ) -> Response:
        """Calls between services by spans that started in that time."""
        return answer(recall.calls(endTs, lookback, service))


def _told(found: Found) -> Response:
    traces = [trace_of(trace_id, spans) for trace_id, spans in found.traces.items()]
    return answer(traces, complaints=found.complaints)


def _documented(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """OpenAPI responses for these failures, and for any other: the token's and the unforeseen are problems as elsewhere."""
    described = problems.documented(*statuses)
    for status, response in described.items():
        if status != "default":
            del response["content"]
        response["model"] = schemas.JaegerFailure
    return described
