"""A server that takes bulk requests as Elasticsearch does, and answers as it is told; what a real one seldom says."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from gzip import decompress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

PRODUCT = "X-Elastic-Product"
"""Without this header of Elasticsearch's the client refuses to talk."""


@dataclass
class Server:
    """`status_of` gives the status of a whole request, by its size in bytes; `headers` go with each answer."""

    url: str = ""
    status_of: Callable[[int], int] = lambda size: 200
    headers: dict[str, str] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)
    encodings: list[str | None] = field(default_factory=list)


@contextmanager
def server() -> Iterator[Server]:
    """Listening for the block."""
    told = Server()

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            told.authorizations.append(self.headers["authorization"])
            told.encodings.append(self.headers["content-encoding"])
            if told.encodings[-1] == "gzip":
                body = decompress(body)
            status = told.status_of(len(body))
            self._answer(status, _taken(told, body) if status == 200 else {"error": {"type": "refused"}})

        def _answer(self, status: int, answer: dict[str, Any]) -> None:
            content = json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {PRODUCT: "Elasticsearch", "content-type": "application/json", **told.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as http:
        told.url = f"http://127.0.0.1:{http.server_port}"
        Thread(target=http.serve_forever, daemon=True).start()
        yield told
        http.shutdown()


def _taken(told: Server, body: bytes) -> dict[str, Any]:
    ids = [json.loads(line)["create"]["_id"] for line in body.splitlines()[::2]]
    told.taken += ids
    return {"items": [{"create": {"status": 201}} for _ in ids]}
