"""Connections that another thread can end, whatever they wait for."""

import socket
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakSet

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

CONNECT_S: Final = 3.0
"""A host that does not even say no to a connection cannot be cut off; the next attempt asks again."""


class Cuttable:
    """The connections of a client. Safe from any thread."""

    def __init__(self) -> None:
        self._connections: WeakSet[Any] = WeakSet()
        self._lock = Lock()
        self._is_cut = False

    def watch(self, client: "Elasticsearch") -> None:
        """Have the connections that it makes from now on."""
        for node in client.transport.node_pool.all():
            pool: Any = node.pool  # type: ignore[attr-defined]  # of urllib3, the client's default
            pool.ConnectionCls = self._watched(pool.ConnectionCls)

    def cut(self) -> None:
        """Whoever waits for an answer gets a ConnectionError at once, now and from now on."""
        with self._lock:
            self._is_cut = True
            connections = list(self._connections)
        for connection in connections:
            _end(connection.sock)

    def _watched(self, kind: type[Any]) -> type[Any]:
        cuttable = self

        class Watched(kind):  # type: ignore[misc]
            timeout: float | None

            def connect(self) -> None:
                with cuttable._lock:
                    cuttable._connections.add(self)
                answer_s = self.timeout
                self.timeout = min(answer_s or CONNECT_S, CONNECT_S)
                try:
                    super().connect()
                finally:
                    self.timeout = answer_s
                self.sock.settimeout(answer_s)
                if cuttable._is_cut:
                    _end(self.sock)

        return Watched


def _end(connected: socket.socket | None) -> None:
    if connected is not None:
        with suppress(OSError):  # it has ended by itself
            socket.socket.shutdown(connected, socket.SHUT_RDWR)  # not TLS's own, which lets nobody read on
