"""One bearer token for every door: compared in constant time, never echoed."""

import hmac
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]


def is_authorized(authorization: str | bytes | None, token: str) -> bool:
    """Whether an Authorization header's value carries the token."""
    given = authorization.encode("latin-1", "replace") if isinstance(authorization, str) else authorization or b""
    scheme, _, credentials = given.partition(b" ")
    return scheme.lower() == b"bearer" and hmac.compare_digest(credentials.strip(), token.encode())


class BearerToken:
    """ASGI middleware: 401 for every HTTP request without the token; what it wraps sees only requests that have it."""

    def __init__(self, app: AsgiApp, token: str) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not is_authorized(_header(scope["headers"], b"authorization"), self._token):
            await _refuse(send)
            return
        await self._app(scope, receive, send)


def _header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    return next((value for key, value in headers if key.lower() == name), None)


async def _refuse(send: Send) -> None:
    body = b'{"code": 16, "message": "a bearer token is needed; send the header Authorization: Bearer TOKEN"}'
    headers = [(b"content-type", b"application/json"), (b"www-authenticate", b"Bearer"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 401, "headers": headers})
    await send({"type": "http.response.body", "body": body})
