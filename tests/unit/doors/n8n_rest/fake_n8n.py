"""A small HTTP server that answers as n8n's public API does, and misbehaves on demand."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from tests.unit.doors.misbehaving import Handler, Misbehaviour, serving
from tests.unit.doors.n8n_rest.recorded import documents

KEY: Final = "n8n-key-8f14e45f"
LISTED: Final = (
    "id", "finished", "mode", "retryOf", "retrySuccessId", "status", "startedAt", "stoppedAt", "workflowId", "waitTill",
)  # fmt: skip
S: Final = 1_000_000_000


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


@contextmanager
def fake_n8n() -> Iterator[FakeN8n]:
    """Serving for the block."""
    n8n = FakeN8n()
    with serving(_handler(n8n)) as n8n.url:
        yield n8n


def _handler(n8n: FakeN8n) -> type[Handler]:
    class N8nHandler(Handler):
        def do_GET(self) -> None:  # noqa: N802, the base's name
            n8n.asked.append(self.path)
            told = n8n.misbehave.pop(0) if n8n.misbehave else n8n.always
            if told is None:
                status, answer = n8n.answer(self.path, self.headers["X-N8N-API-KEY"])
                told = Misbehaviour(status, json.dumps(answer).encode())
            self.tell(told)

    return N8nHandler


def _ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def _iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
