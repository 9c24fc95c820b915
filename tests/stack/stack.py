"""The whole stack, put together in the order in which its parts need each other."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import httpx

from tests.stack.engine import StackEngine
from tests.stack.n8n_api import N8nApi
from tests.stack.n8n_process import N8nProcess, why_absent
from tests.stack.process import StackFailed
from tests.stack.redis_process import RedisProcess
from tests.stack.services import Services
from tests.stack.workflows import provision

FREE_PORTS: Final = {"otlp_http": "127.0.0.1:0", "otlp_grpc": "127.0.0.1:0", "api": "127.0.0.1:0"}

NO_KEY_YET: Final = "none-yet"
"""The engine starts before n8n, which tells of itself from its first moment, and only with a key; it reads the file anew."""


class Stack:
    """Redis, engine, n8n with its workflows, bridge and workers, all running.

    `listen` is where the engine listens, `n8n_settings` what its section `n8n` says besides address and key. `starting` is
    told the name of each part just before it is started. With `is_queued` n8n's executions wait in Redis for a worker of its.
    `engine_settings` is what the engine's settings say besides.
    `through` is given the engine's OTLP address, and gives that which bridge and workers send to: a Collector's, for one.
    """

    def __init__(
        self,
        folder: Path,
        listen: dict[str, str] | None = None,
        n8n_settings: dict[str, Any] | None = None,
        starting: Callable[[str], None] = lambda part: None,
        *,
        is_queued: bool = False,
        engine_settings: dict[str, Any] | None = None,
        through: Callable[[str], str] = lambda engine: engine,
    ) -> None:
        """Returns once all is ready. Raises StackFailed, with nothing left running, where a part does not get ready."""
        if (reason := why_absent()) is not None:
            raise StackFailed(reason)
        key_file = folder / "n8n-api-key"
        with ExitStack() as parts:
            starting("Redis")
            self.redis = RedisProcess(folder)
            parts.callback(self.redis.process.stop)
            key_file.write_text(NO_KEY_YET, encoding="utf-8")
            self.n8n = N8nProcess(folder / "n8n")
            n8n = {"base_url": self.n8n.url, "api_key_file": str(key_file), **(n8n_settings or {})}
            starting("engine")
            config = {"listen": listen or FREE_PORTS, "n8n": n8n, **(engine_settings or {})}
            self.engine = StackEngine(folder, config)
            parts.callback(self.engine.stop)
            parts.callback(self.n8n.stop)
            starting("n8n (8 to 60 s)")
            self.n8n.start(self.engine.otlp_http, redis_port=self.redis.port if is_queued else None)
            self.n8n_api = N8nApi(self.n8n.url)
            parts.callback(self.n8n_api.close)
            key_file.write_text(self.n8n_api.log_in(), encoding="utf-8")
            starting("bridge and workers")
            self.services = Services(folder, self.redis.url, through(self.engine.otlp_http))
            parts.callback(self.services.stop)
            starting("workflows")
            self.workflows = provision(self.n8n_api, self.services.bridge_url, f"{self.engine.api}/api/v1/callbacks")
            self._parts = parts.pop_all()

    def call(self, workflow: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> httpx.Response:
        """Call a workflow's webhook."""
        return httpx.post(f"{self.n8n.url}/webhook/{workflow}", json=body, headers=headers, timeout=60)

    def stop(self) -> None:
        """End all parts, each by its pid."""
        self._parts.close()
