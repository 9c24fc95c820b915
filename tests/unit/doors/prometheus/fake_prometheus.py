"""A small HTTP server that answers as Prometheus's query API does on samples that it was given, and misbehaves on demand."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs

from tests.unit.doors.n8n_rest.fake_n8n import QuietServer

LOOKBACK_S = 300


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """An answer instead of the right one. `status` 0 breaks the connection off."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    drip_s: float = 0.0  # between single bytes


class FakePrometheus:
    """`samples` by query, then by a label: (unix seconds, value) by time. `asked` are paths with their forms; `told` headers."""

    def __init__(self) -> None:
        self.url = ""
        self.samples: dict[str, dict[str, list[tuple[float, float]]]] = {}
        self.misbehave: list[Misbehaviour] = []
        self.always: Misbehaviour | None = None
        self.asked: list[dict[str, str]] = []
        self.authorizations: list[str | None] = []
        self.warnings: list[str] = []

    def answer(self, path: str, form: dict[str, str]) -> dict[str, Any]:
        if path.endswith("/query"):
            query, _, length = form["query"].rpartition("[")
            end_s, length_s = float(form["time"]), float(length.removesuffix("s]"))
            found = {
                name: [(time_s, value) for time_s, value in samples if end_s - length_s < time_s <= end_s]
                for name, samples in self.samples.get(query, {}).items()
            }
        else:
            start_s, end_s, step_s = (float(form[name]) for name in ("start", "end", "step"))
            steps = [start_s + number * step_s for number in range(int((end_s - start_s) / step_s) + 1)]
            found = {
                name: [(step, value) for step in steps for value in _at(samples, step)]
                for name, samples in self.samples.get(form["query"], {}).items()
            }
        result = [
            {"metric": {"instance": name}, "values": [[time_s, str(value)] for time_s, value in samples]}
            for name, samples in found.items()
            if samples
        ]
        answer: dict[str, Any] = {"status": "success", "data": {"resultType": "matrix", "result": result}}
        return answer | ({"warnings": self.warnings} if self.warnings else {})


def _at(samples: list[tuple[float, float]], step_s: float) -> list[float]:
    return [value for time_s, value in samples if step_s - LOOKBACK_S < time_s <= step_s][-1:]


@contextmanager
def fake_prometheus() -> Iterator[FakePrometheus]:
    """Serving for the block."""
    prometheus = FakePrometheus()
    server = QuietServer(("127.0.0.1", 0), _handler(prometheus))
    prometheus.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield prometheus
    finally:
        server.shutdown()
        server.server_close()


def _handler(prometheus: FakePrometheus) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            prometheus.asked.append({"path": self.path, **form})
            prometheus.authorizations.append(self.headers["authorization"])
            told = prometheus.misbehave.pop(0) if prometheus.misbehave else prometheus.always
            if told is None:
                told = Misbehaviour(body=json.dumps(prometheus.answer(self.path, form)).encode())
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
