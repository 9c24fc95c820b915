"""The bearer token: where one is set, every route but /healthz asks for it, unknown paths too."""

from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from correlator.bearer import is_authorized
from correlator.serve.problems import problem

OPEN_PATHS: Final = frozenset({"/healthz"})


class BearerToken:
    """ASGI middleware: 401 for a request without `Authorization: Bearer <token>`."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS or self._is_authorized(scope):
            await self._app(scope, receive, send)
            return
        refusal = problem(
            scope["path"],
            HTTPStatus.UNAUTHORIZED,
            "this engine asks for a token: send the header Authorization: Bearer <token>",
            headers={"WWW-Authenticate": 'Bearer realm="correlator"'},
        )
        await refusal(scope, receive, send)

    def _is_authorized(self, scope: Scope) -> bool:
        return is_authorized(Headers(scope=scope).get("authorization"), self._token)
