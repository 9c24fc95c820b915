"""Events as they happen."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse

from correlator.serve.event_stream import HEADERS, MEDIA_TYPE, event_stream
from correlator.serve.problems import documented
from correlator.serve.routes import API
from correlator.telemetry.metrics import EngineMetrics
from correlator.workflows.event_bus import EventBus
from correlator.workflows.topics import ANYTHING, MAX_PATTERN, check_pattern

Topic = Annotated[
    str,
    Query(
        max_length=MAX_PATTERN,
        description="Words between dots, * for one of them, # for any number: workflow.<id>.<kind>, incident.<key>.<opened|resolved>.",
        examples=["workflow.*.failed"],
    ),
]
LastEventId = Annotated[
    int | None,
    Header(
        alias="Last-Event-ID",
        ge=0,
        le=2**63 - 1,
        description="The last id that was read: what came after it is sent first.",
        examples=[None],
    ),
]


def events_router(bus: EventBus, heartbeat_s: float, metrics: EngineMetrics) -> APIRouter:
    """GET events."""
    router = APIRouter(prefix=f"{API}/events", tags=["workflows"])

    @router.get(
        "",
        response_class=StreamingResponse,
        responses={
            200: {
                "description": "A stream that ends when either side does.",
                "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
            },
            **documented(HTTPStatus.BAD_REQUEST),
        },
    )
    async def get_events(topic: Topic = ANYTHING, last_event_id: LastEventId = None) -> StreamingResponse:
        """Server-sent events: JSON of id, topic, time_unix_nano and data, as they happen.

        Where events after Last-Event-ID are gone, an event named `reset` comes first, with the ids between which they were:
        lost_after and lost_until. Ids are microseconds of unix time.
        """
        stream = event_stream(bus, check_pattern(topic), last_event_id, heartbeat_s, metrics)
        return StreamingResponse(stream, media_type=MEDIA_TYPE, headers=HEADERS)

    return router
