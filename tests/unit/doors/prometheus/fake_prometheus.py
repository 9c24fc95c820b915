"""A small HTTP server that answers as Prometheus's query API does on samples that it was given, and misbehaves on demand."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

from tests.unit.doors.misbehaving import Handler, Misbehaviour, serving

LOOKBACK_S = 300


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
    with serving(_handler(prometheus)) as prometheus.url:
        yield prometheus


def _handler(prometheus: FakePrometheus) -> type[Handler]:
    class PrometheusHandler(Handler):
        def do_POST(self) -> None:  # noqa: N802, the base's name
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            prometheus.asked.append({"path": self.path, **form})
            prometheus.authorizations.append(self.headers["authorization"])
            told = prometheus.misbehave.pop(0) if prometheus.misbehave else prometheus.always
            if told is None:
                told = Misbehaviour(body=json.dumps(prometheus.answer(self.path, form)).encode())
            self.tell(told)

    return PrometheusHandler
