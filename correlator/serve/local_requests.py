"""Without a token the API is for this machine's own programs: what a web page asks in their place is refused.

A page may have its own name resolved to 127.0.0.1 (DNS rebinding) and then read the API as its own server: its requests
still name that server as Host. And it may send to 127.0.0.1 under its own Origin.
"""

from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from correlator.loopback import is_loopback_host
from correlator.serve.authorization import OPEN_PATHS
from correlator.serve.problems import problem

SHOWN: Final = 80  # characters of a wrong header that a refusal repeats
REMEDY: Final = (
    "without a token the API answers only requests to localhost, 127.0.0.0/8 or [::1], so that no web page reaches it: "
    "ask for it as http://127.0.0.1, or set listen.token_file and send the token"
)


class LocalRequests:
    """ASGI middleware: 403 unless Host, and Origin where there is one, are of this machine; any port."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] != "http"
            or scope["path"] in OPEN_PATHS
            or (stranger := _stranger(Headers(scope=scope))) is None
        ):
            await self._app(scope, receive, send)
            return
        refusal = problem(scope["path"], HTTPStatus.FORBIDDEN, f"{stranger} is not this machine; {REMEDY}")
        await refusal(scope, receive, send)


def _stranger(headers: Headers) -> str | None:
    """The header that is not this machine's, as it is shown; None where there is none."""
    hosts, origins = headers.getlist("host"), headers.getlist("origin")
    if len(hosts) != 1:
        return f"a request with {len(hosts)} Host headers"
    if not _is_local(f"//{hosts[0]}"):
        return f"Host {hosts[0][:SHOWN]!r}"
    return next((f"Origin {each[:SHOWN]!r}" for each in origins if not _is_local(each)), None)


def _is_local(url: str) -> bool:
    """Whether a URL's host is loopback. An origin that names none (`null`: a sandboxed page, or a file) is not."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for what is none
        is_host_alone = parts.username is None and not (parts.path or parts.query or parts.fragment)
        return is_host_alone and is_loopback_host(parts.hostname or "")
    except ValueError:
        return False
