"""Small HTTP servers that stand in for others' APIs, and misbehave on demand."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """An answer instead of the right one. `status` 0 breaks the connection off."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    drip_s: float = 0.0  # between single bytes


class Handler(BaseHTTPRequestHandler):
    """Tells an answer, right or wrong."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def tell(self, told: Misbehaviour) -> None:
        time.sleep(told.delay_s)
        if told.status == 0:
            self.close_connection = True
            return
        self.send_response(told.status)
        for name, value in told.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(told.body)))
        self.end_headers()
        self._write(told)

    def _write(self, told: Misbehaviour) -> None:
        try:
            for piece in [told.body[i : i + 1] for i in range(len(told.body))] if told.drip_s else [told.body]:
                self.wfile.write(piece)
                self.wfile.flush()
                time.sleep(told.drip_s)
        except OSError:
            self.close_connection = True

    def log_message(self, *args: Any) -> None:
        """Quiet."""


class _QuietServer(ThreadingHTTPServer):
    """Says nothing of clients that break off: that is what is tested."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Quiet."""


@contextmanager
def serving(handler: type[Handler]) -> Iterator[str]:
    """The URL of a server, for the block."""
    server = _QuietServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
