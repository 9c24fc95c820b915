"""Every failure of the API as RFC 9457 problem+json. Tells what was wrong and what is expected, and nothing of the inside."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from correlator.errors import (
    BodyTimeout,
    BodyTooLarge,
    InvalidInput,
    Overloaded,
    StoreError,
    Unavailable,
    UnsupportedMedia,
)

MEDIA_TYPE: Final = "application/problem+json"
SHOWN_INPUT: Final = 80  # characters of a wrong value that an answer repeats
SHOWN_DETAIL: Final = 500  # of an error's message, which may repeat one too

_STATUSES: Final = {
    BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    UnsupportedMedia: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    BodyTimeout: HTTPStatus.REQUEST_TIMEOUT,
}
"""Refusals of a body that have a status of their own; any other is a bad request."""

log = structlog.get_logger(__name__)


class InvalidParameter(BaseModel):
    """One parameter that could not be read."""

    parameter: str = Field(description="Its name.", examples=["limit"])
    detail: str = Field(description="What is expected of it.", examples=["Input should be less than or equal to 1000"])


class Problem(BaseModel):
    """RFC 9457."""

    type: str = Field(description="Which kind of problem; stable.", examples=["urn:problem-type:correlator:not-found"])
    title: str = Field(description="The kind in words.", examples=["Not Found"])
    status: int = Field(description="The HTTP status.", examples=[404])
    detail: str = Field(
        description="What was wrong here, and what to do.",
        examples=["no trace 4bf92f3577b34da6a3ce929d0e0e4736; its spans may not have arrived yet"],
    )
    instance: str = Field(
        description="The path that was asked.", examples=["/api/v1/traces/4bf92f3577b34da6a3ce929d0e0e4736"]
    )
    errors: list[InvalidParameter] | None = Field(
        default=None, description="Each wrong parameter, where there are any.", examples=[None]
    )


def documented(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """OpenAPI responses for these failures, and for any other."""
    described: dict[int | str, str] = {status.value: status.phrase for status in statuses}
    described["default"] = "Any other failure"
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {status: {"description": text, "content": {MEDIA_TYPE: schema}} for status, text in described.items()}


def problem(
    instance: str,
    status: HTTPStatus,
    detail: str,
    *,
    errors: Sequence[InvalidParameter] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The answer for one failure."""
    kind = status.phrase.lower().replace(" ", "-")
    body = Problem(
        type=f"urn:problem-type:correlator:{kind}",
        title=status.phrase,
        status=status.value,
        detail=_cut(detail, SHOWN_DETAIL),
        instance=instance,
        errors=list(errors) if errors else None,
    )
    return JSONResponse(body.model_dump(exclude_none=True), status.value, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Answer every failure of `app` as a problem."""
    app.add_exception_handler(RequestValidationError, _invalid_parameters)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(InvalidInput, _invalid_input)
    app.add_exception_handler(BodyTimeout, _invalid_input)
    app.add_exception_handler(Unavailable, _unavailable)
    app.add_exception_handler(StoreError, _store_error)
    app.add_exception_handler(Exception, _unexpected)


def _invalid_parameters(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    wrong = [
        InvalidParameter(
            parameter=str(each["loc"][-1]),
            detail=f"{_cut(repr(each.get('input')), SHOWN_INPUT)}: {each['msg'].removeprefix('Value error, ')}",
        )
        for each in error.errors()
    ]
    detail = "; ".join(f"{each.parameter} {each.detail}" for each in wrong)
    return problem(request.url.path, HTTPStatus.BAD_REQUEST, detail, errors=wrong)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    detail = str(error.detail)
    if status is HTTPStatus.NOT_FOUND and detail == status.phrase:
        detail = f"nothing is served at {request.url.path[:SHOWN_INPUT]}; /openapi.json lists what is"
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        detail = f"{request.method} is not served here; use {(error.headers or {}).get('Allow', 'GET')}"
    return problem(request.url.path, status, detail, headers=error.headers)


def _invalid_input(request: Request, error: Exception) -> JSONResponse:
    status = next((status for kind, status in _STATUSES.items() if isinstance(error, kind)), HTTPStatus.BAD_REQUEST)
    return problem(request.url.path, status, str(error))


def _unavailable(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Unavailable)
    return problem(
        request.url.path,
        HTTPStatus.TOO_MANY_REQUESTS if isinstance(error, Overloaded) else HTTPStatus.SERVICE_UNAVAILABLE,
        str(error),
        headers={"Retry-After": str(error.retry_after_s)},
    )


def _store_error(request: Request, error: Exception) -> JSONResponse:
    log.error("api_store_unreadable", path=request.url.path, error=str(error))
    return problem(request.url.path, HTTPStatus.SERVICE_UNAVAILABLE, "the store cannot be read; see the engine's log")


def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("api_request_failed", path=request.url.path, error_type=type(error).__name__)
    return problem(
        request.url.path, HTTPStatus.INTERNAL_SERVER_ERROR, "the engine failed on this request; see the engine's log"
    )
