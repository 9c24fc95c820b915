"""A stand-in for a server that speaks JSON over HTTP: it answers as it is told, and keeps what it was asked. It takes no PUT or DELETE."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, Any]  # status, and the body before it becomes JSON


@dataclass(frozen=True, slots=True)
class Request:
    """`path` without the query."""

    method: str
    path: str
    authorization: str | None
    content: bytes


@dataclass
class Asked:
    """Where it listens, and what came."""

    url: str
    requests: list[Request] = field(default_factory=list)


@contextmanager
def answering(answer: Callable[[Request], Answer], headers: Mapping[str, str] | None = None) -> Iterator[Asked]:
    """Listening for the block; `headers` go with every answer."""

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"] or 0))
            path = self.path.partition("?")[0]
            request = Request(self.command, path, self.headers["authorization"], content)
            asked.requests.append(request)
            status, body = answer(request)
            told = b"" if self.command == "HEAD" else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"content-type": "application/json", **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Nothing: the test reads what the command says."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        asked = Asked(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield asked
        finally:
            server.shutdown()
            thread.join()
