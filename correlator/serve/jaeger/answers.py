"""The envelope around every answer, and every failure in it."""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any, Final

import msgspec
import structlog
from fastapi import HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from correlator.errors import CorrelatorError, InvalidInput, Overloaded, StoreError, Unavailable

MEDIA_TYPE: Final = "application/json"
SHOWN_INPUT: Final = 80  # characters of a wrong value that an answer repeats
SHOWN_MESSAGE: Final = 500

log = structlog.get_logger(__name__)


def answer(data: list[Any], *, total: int = 0, complaints: tuple[str, ...] = ()) -> Response:
    """200. `complaints` say what is missing from `data`."""
    return _response(data, total, [{"msg": complaint} for complaint in complaints])


def failure(status: HTTPStatus, message: str, headers: dict[str, str] | None = None) -> Response:
    """A failure, told as the only one of `errors`."""
    told = [{"code": status.value, "msg": message[:SHOWN_MESSAGE]}]
    return _response(None, 0, told, status, headers)


class JaegerRoute(APIRoute):
    """A route whose failures come in Jaeger's envelope. What nobody foresaw is left to the application."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_or_tell(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                return failure(HTTPStatus.BAD_REQUEST, _wrong_parameters(error))
            except HTTPException as error:
                return failure(HTTPStatus(error.status_code), str(error.detail))
            except CorrelatorError as error:
                return _failed(request, error)

        return handle_or_tell


def _response(
    data: list[Any] | None,
    total: int,
    errors: list[dict[str, Any]],
    status: HTTPStatus = HTTPStatus.OK,
    headers: dict[str, str] | None = None,
) -> Response:
    envelope = {"data": data, "total": total, "limit": 0, "offset": 0, "errors": errors or None}
    return Response(msgspec.json.encode(envelope), status.value, headers, MEDIA_TYPE)


def _wrong_parameters(error: RequestValidationError) -> str:
    wrong = (
        f"{each['loc'][-1]} {repr(each.get('input'))[:SHOWN_INPUT]}: {each['msg'].removeprefix('Value error, ')}"
        for each in error.errors()
    )
    return "; ".join(wrong)


def _failed(request: Request, error: CorrelatorError) -> Response:
    if isinstance(error, InvalidInput):
        return failure(HTTPStatus.BAD_REQUEST, str(error))
    if isinstance(error, Unavailable):
        status = HTTPStatus.TOO_MANY_REQUESTS if isinstance(error, Overloaded) else HTTPStatus.SERVICE_UNAVAILABLE
        return failure(status, str(error), {"Retry-After": str(error.retry_after_s)})
    if isinstance(error, StoreError):
        log.error("api_store_unreadable", path=request.url.path, error=str(error))
        return failure(HTTPStatus.SERVICE_UNAVAILABLE, "the store cannot be read; see the engine's log")
    raise error
