"""Listener: serves an ASGI application on one address until it is told to stop. The doors and the API share it."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from correlator.errors import SettingsError

AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]

HEAD_TIMEOUT_S: Final = 10.0  # from a request's first byte, or the connection's start, to the end of its headers
KEEP_ALIVE_S: Final = (
    75  # nginx' default; above the 5 s that SDKs pause between exports, or they would meet closed sockets
)
_BACKLOG: Final = 2_048


class Listener:
    """A running server. `address` is host:port as bound, so that port 0 shows what was picked."""

    def __init__(self, server: uvicorn.Server, serving: "asyncio.Task[None]", address: str) -> None:
        self.address = address
        self._server = server
        self._serving = serving

    async def stop(self) -> None:
        """Take no more connections, finish the requests at hand within `grace_s`, cancel the rest. Idempotent."""
        self._server.should_exit = True
        await self._serving
        await asyncio.gather(*self._server.server_state.tasks, return_exceptions=True)


async def serve_http(app: AsgiApp, host: str, port: int, *, name: str, grace_s: int = 5) -> Listener:
    """Serve `app` in this event loop. `name` is the setting that gave the address: it is named in errors.

    Signals and logging stay the caller's. Raises SettingsError where the address cannot be listened on.
    """
    bound = _bind(name, host, port)
    config = uvicorn.Config(
        app,
        http=_BoundedHeads,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        backlog=_BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=grace_s,
    )
    server = _SignalFreeServer(config)
    serving = asyncio.create_task(server.serve(sockets=[bound]), name=f"listener {name}")
    address = _address(bound)
    while not server.started and not serving.done():
        await asyncio.sleep(0.001)
    if serving.done():
        bound.close()
        serving.result()
    return Listener(server, serving, address)


def _bind(name: str, host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio sets TCP_NODELAY only then: else a client's delayed ACK costs an answer 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # closed connections do not hold the port
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise SettingsError(f"{name} cannot listen on {host}:{port}: {_reason(error)}") from error
    return listening


def _reason(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another process has that port; stop it, or choose another port (0 picks a free one)"
    if error.errno == errno.EACCES:
        return "ports below 1024 need a privilege; choose a higher one"
    return f"{error.strerror}; give an address of this machine, such as 127.0.0.1"


def _address(bound: socket.socket) -> str:
    host, port = bound.getsockname()[:2]
    return f"[{host}]:{port}" if bound.family == socket.AF_INET6 else f"{host}:{port}"


class _SignalFreeServer(uvicorn.Server):
    """Uvicorn without its signal handlers: the process has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _BoundedHeads(HttpToolsProtocol):
    """Uvicorn's protocol, which by itself waits for ever for the headers of a request."""

    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_here()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        self._await_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._head_is_here()
        super().on_headers_complete()

    def _await_head(self) -> None:
        self._head_is_here()
        self._head_timer = self.loop.call_later(HEAD_TIMEOUT_S, self.transport.close)

    def _head_is_here(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
