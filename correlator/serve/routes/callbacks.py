"""Callbacks of workflows, taken."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, Final, Protocol

from fastapi import APIRouter, Header, Path, Request

from correlator.serve.problems import documented
from correlator.serve.request_body import JSON, REFUSALS, JsonBodies
from correlator.serve.routes import API
from correlator.serve.schemas.workflows import CallbackAcceptance

SCHEMAS: Final = "#/components/schemas/{name}"

WorkflowId = Annotated[
    str,
    Path(pattern="^[A-Za-z0-9][A-Za-z0-9_:-]{0,127}$", description="n8n's workflow id.", examples=["o5hk1XXMYgFGUrZ1"]),
]
Traceparent = Annotated[
    str, Header(description="W3C trace context of the sender; malformed counts as absent.", examples=[""])
]


class Accepted(Protocol):
    """A callback that is durable."""

    @property
    def execution_id(self) -> str | None: ...

    @property
    def trace_id(self) -> str | None: ...

    @property
    def is_duplicate(self) -> bool: ...


class Callbacks(Protocol):
    """Who takes callbacks."""

    @property
    def max_body_bytes(self) -> int: ...

    def json_schemas(self, ref_template: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """The schema of a body, and the schemas that it refers to by `ref_template` with `{name}`."""
        ...

    async def receive(self, workflow_id: str, body: bytes, traceparent: str) -> Accepted:
        """Returns once it is durable. Raises InvalidInput, Overloaded, Unavailable."""
        ...


def callbacks_router(callbacks: Callbacks, body_timeout_s: float) -> APIRouter:
    """POST callbacks/{workflow_id}."""
    router = APIRouter(prefix=f"{API}/callbacks", tags=["workflows"])
    schema, _ = callbacks.json_schemas(SCHEMAS)
    bodies = JsonBodies(callbacks.max_body_bytes, body_timeout_s, setting="callbacks.body")

    @router.post(
        "/{workflow_id}",
        status_code=HTTPStatus.ACCEPTED,
        responses=documented(*REFUSALS),
        openapi_extra={"requestBody": {"required": True, "content": {JSON: {"schema": schema}}}},
    )
    async def post_callback(
        request: Request, workflow_id: WorkflowId, traceparent: Traceparent = ""
    ) -> CallbackAcceptance:
        """Tell what became of an execution: n8n's Error Trigger payload as it is, or one of four kinds.

        Answered once it is durable. One that was sent before changes nothing. Of the body only the fields named here are kept.
        """
        async with bodies.read(request) as body:
            taken = await callbacks.receive(workflow_id, body, traceparent)
        return CallbackAcceptance(
            accepted=True, execution_id=taken.execution_id, trace_id=taken.trace_id, duplicate=taken.is_duplicate
        )

    return router
