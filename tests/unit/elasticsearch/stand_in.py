"""A server that answers as a test says, what a real Elasticsearch seldom does."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from gzip import decompress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

PRODUCT = {"X-Elastic-Product": "Elasticsearch"}
"""Without this header of Elasticsearch's the client refuses to talk."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request; `parameters` are those of its URL, and `body` is what was compressed where something was."""

    method: str
    path: str
    parameters: dict[str, str]
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """Of Elasticsearch, unless `headers` say otherwise; a text is a page of something else."""

    body: dict[str, Any] | str
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: PRODUCT)


@contextmanager
def stand_in(answer: Callable[[Asked], Answer]) -> Iterator[str]:
    """Its URL, for the block; `answer` is called from several threads."""

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._tell(answer(self._asked()))

        def do_PUT(self) -> None:
            self.do_GET()

        def do_POST(self) -> None:
            self.do_GET()

        def do_DELETE(self) -> None:
            self.do_GET()

        def _asked(self) -> Asked:
            body = self.rfile.read(int(self.headers["content-length"] or 0))
            whole = decompress(body) if self.headers["content-encoding"] == "gzip" else body
            place = urlsplit(self.path)
            return Asked(self.command, place.path, dict(parse_qsl(place.query)), self.headers, whole)

        def _tell(self, told: Answer) -> None:
            is_page = isinstance(told.body, str)
            content = told.body.encode() if isinstance(told.body, str) else json.dumps(told.body).encode()
            kind = {"content-type": "text/html" if is_page else "application/json", "content-length": str(len(content))}
            self.send_response(told.status)
            for name, value in (kind | told.headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as http:
        Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
