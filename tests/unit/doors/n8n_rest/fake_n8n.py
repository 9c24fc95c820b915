"""A small HTTP server that answers as n8n's public API does, and misbehaves on demand."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from tests.unit.doors.n8n_rest.recorded import documents

KEY: Final = "n8n-key-8f14e45f"
LISTED: Final = (
    "id", "finished", "mode", "retryOf", "retrySuccessId", "status", "startedAt", "stoppedAt", "workflowId", "waitTill",
)  # fmt: skip
S: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """An answer instead of the right one. `status` 0 breaks the connection off."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b'{"message": "no"}'
    delay_s: float = 0.0
    drip_s: float = 0.0  # between single bytes


class FakeN8n:
    """Executions by id. `misbehave` is used up, one a request (None: well); `always` lasts. `asked` are the paths with their queries."""

    def __init__(self) -> None:
        self.executions: dict[int, dict[str, Any]] = {}
        self.misbehave: list[Misbehaviour | None] = []
        self.always: Misbehaviour | None = None
        self.asked: list[str] = []
        self.url = ""
        self.page_rows = 250

    def add(self, number: int, like: str = "64", *, at_s: float, lasts_s: float = 1.0, **fields: Any) -> dict[str, Any]:
        """An execution like a recorded one, moved to `at_s` (unix time), with a trace of its own."""
        document = deepcopy(documents()[like])
        shift_ms = round(at_s * 1000) - _ms(document["startedAt"])
        for name in ("createdAt", "startedAt"):
            document[name] = _iso(_ms(document[name]) + shift_ms)
        document["stoppedAt"] = _iso(round((at_s + lasts_s) * 1000))
        for runs in document.get("data", {}).get("resultData", {}).get("runData", {}).values():
            for run in runs:
                run["startTime"] += shift_ms if run["startTime"] > 10**11 else shift_ms // 1000
        document["tracingContext"] = {"traceparent": f"00-{number:032x}-{number:016x}-01"}
        self.executions[number] = document | {"id": str(number)} | fields
        return self.executions[number]

    def singles(self) -> list[int]:
        """Executions that were asked for by id, in that order."""
        return [int(path.split("/")[-1].split("?")[0]) for path in self.asked if "/executions/" in path]

    def answer(self, path: str, key: str | None) -> tuple[int, Any]:
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if key != KEY:
            return 401, {"message": "Unauthorized"}
        if parts.path == "/api/v1/executions":
            return self._list(query)
        number = int(parts.path.rsplit("/", 1)[-1])
        document = self.executions.get(number)
        if document is None:
            return 404, {"message": "Not Found"}
        if query.get("includeData") != "true":
            document = {name: value for name, value in document.items() if name not in ("data", "workflowData")}
        return 200, document

    def _list(self, query: dict[str, str]) -> tuple[int, Any]:
        limit, last = min(int(query.get("limit", "100")), self.page_rows), 2**62
        if "cursor" in query:
            try:
                last = int(json.loads(base64.b64decode(query["cursor"]))["lastId"])
            except ValueError:
                return 400, {"message": "An invalid cursor was provided"}
        status = query.get("status")
        fitting = [
            number
            for number, document in sorted(self.executions.items(), reverse=True)
            if number < last and (document["status"] == status if status else document["status"] != "running")
        ]
        rows = [{name: self.executions[number].get(name) for name in LISTED} for number in fitting[:limit]]
        cursor = (
            base64.b64encode(json.dumps({"lastId": rows[-1]["id"], "limit": limit}).encode()).decode() if rows else ""
        )
        return 200, {"data": rows, "nextCursor": cursor if len(fitting) > limit else None}


class QuietServer(ThreadingHTTPServer):
    """Says nothing of clients that break off: that is what is tested."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Quiet."""


@contextmanager
def fake_n8n() -> Iterator[FakeN8n]:
    """Serving for the block."""
    n8n = FakeN8n()
    server = QuietServer(("127.0.0.1", 0), _handler(n8n))
    n8n.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield n8n
    finally:
        server.shutdown()
        server.server_close()


def _handler(n8n: FakeN8n) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            n8n.asked.append(self.path)
            told = n8n.misbehave.pop(0) if n8n.misbehave else n8n.always
            if told is None:
                status, answer = n8n.answer(self.path, self.headers["X-N8N-API-KEY"])
                told = Misbehaviour(status, body=json.dumps(answer).encode())
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

    return Handler


def _ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def _iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
