"""The engine of the stack: `correlator serve` on a configuration that knows n8n's API."""

import json
import sys
from pathlib import Path
from typing import Any, Final

import yaml

from tests.stack.process import StackFailed, StackProcess

READY_S: Final = 30.0


class StackEngine:
    """An engine that keeps its data in `folder`/data. `config` is what its settings file says besides `data_dir`.

    `otlp_http` and `api` are base URLs, the same after a restart.
    """

    def __init__(self, folder: Path, config: dict[str, Any]) -> None:
        self._folder = folder
        self._config = {"data_dir": str(folder / "data"), **config}
        self._starts = 0
        self.process: StackProcess | None = None
        self.otlp_http = self.api = ""
        self.start()

    def start(self) -> None:
        """Start it on the addresses that it had before, if it had any. Returns once it is ready."""
        self._starts += 1
        file = self._folder / "correlator.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(self._config), encoding="utf-8")
        command = (sys.executable, "-m", "correlator", "serve", "--config", str(file))
        self.process = StackProcess(f"engine-{self._starts}", command, self._folder)
        self.process.wait_until(self._is_ready, READY_S)

    def stop(self) -> None:
        """End it in good order."""
        if self.process is not None:
            self.process.stop()

    def _is_ready(self) -> bool:
        if self.process is None:
            raise StackFailed("the engine was not started")
        for line in self.process.log.read_text(encoding="utf-8").splitlines():
            if line.startswith('{"ready"'):
                self._listens(json.loads(line))
                return True
        return False

    def _listens(self, ready: dict[str, str]) -> None:
        self.otlp_http, self.api = f"http://{ready['otlp_http']}", f"http://{ready['api']}"
        names = ("otlp_http", "otlp_grpc", "api")
        self._config["listen"] = {name: ready[name] for name in names}
