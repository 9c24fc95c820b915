"""Services of the compose file as processes of this machine: their own commands, environment, mounted files, secrets and
healthchecks, with every host:port of theirs on a free port of loopback and every path in a folder of the test."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.e2e.compose_file import LISTENS, SECRETS, Service, is_configuration, read_compose
from tests.e2e.compose_tools import lab_program, make_secrets
from tests.e2e.container_user import as_user, give
from tests.e2e.dockerfile import read_dockerfile
from tests.ports import free_port
from tests.stack.n8n_process import installation
from tests.stack.process import StackProcess

READY_S: Final = 90.0
INTERVAL: Final = ("_interval: 15s", "_interval: 1s")
"""Prometheus scrapes and evaluates every second here: the one thing that a test changes in a file."""
PROGRAMS: Final = {
    "collector": ("otelcol-lab", "install-otelcol.sh", ()),
    "prometheus": ("prometheus", "install-prometheus.sh", ("--web.listen-address=0.0.0.0:9090",)),
    "alertmanager": ("alertmanager", "install-alertmanager.sh", ("--web.listen-address=0.0.0.0:9093",)),
}
"""The program of an image, the script that installs it, and the address that it takes by default, said so that it can be moved."""
ENGINE: Final = "correlator"
"""The image whose entrypoint is the command line, and whose command is `serve` where the file says none."""


@dataclass(frozen=True, slots=True)
class Running:
    """Services that run in `folder`; of every service of the file, the port of this machine that stands for each of its own."""

    folder: Path
    ports: dict[tuple[str, int], int]
    secrets: Path
    processes: dict[str, StackProcess] = field(default_factory=dict)

    def start(self, *names: str) -> None:
        """Start these in the order given, each once the one before is healthy by its own healthcheck."""
        for name in names:
            self._start(Translation(read_compose().services[name], self))

    def finish(self, name: str) -> None:
        """Run a job to its end. Raises AssertionError with what it said where it fails."""
        job = Translation(read_compose().services[name], self)
        job.root.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, **job.environment()}
        done = subprocess.run(job.command(), cwd=job.root, env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr

    def url(self, service: str, port: int) -> str:
        """Where a service's port is here."""
        return f"http://127.0.0.1:{self.ports[service, port]}"

    def token(self) -> dict[str, str]:
        """The header that the engine asks for."""
        return {"authorization": f"Bearer {(self.secrets / 'correlator_token').read_text(encoding='utf-8')}"}

    def _start(self, translation: "Translation") -> None:
        name, environment = translation.service.name, translation.environment()
        process = StackProcess(name, translation.command(), translation.root, environment)
        self.processes[name] = process
        check = translation.healthcheck()

        def is_healthy() -> bool:
            done = subprocess.run(
                check, env={**os.environ, **environment}, capture_output=True, timeout=10, check=False
            )
            return done.returncode == 0

        process.wait_until(is_healthy, READY_S)


@contextmanager
def running_services(folder: Path, *names: str) -> Iterator[Running]:
    """These services, and what is started besides, for the block."""
    ports = {(name, port): free_port() for name, listens in LISTENS.items() for port in listens}
    running = Running(folder, ports, make_secrets(folder))
    try:
        running.start(*names)
        yield running
    finally:
        for process in reversed(running.processes.values()):
            process.stop()


class Translation:
    """What a service says, as it is true on this machine; its root is `root`, where its files are copied when this is made."""

    def __init__(self, service: Service, running: Running) -> None:
        self.service, self._running = service, running
        self.root = running.folder / "roots" / service.name
        self._paths = {SECRETS: f"{running.secrets}/"}
        for target in service.writable - {"/tmp"}:
            self._paths[target] = self._here(target)
            give(Path(self._here(target)), service.document["user"])
        for mount in service.mounts:
            self._paths[mount.target] = self._here(mount.target)
        self._copy()

    def _here(self, path: str) -> str:
        return str(self.root / path.lstrip("/"))

    def text(self, text: str) -> str:
        """Compose's defaults of variables and `$$`, paths of the container, names and ports of the network."""
        text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)
        for path, here in sorted(self._paths.items(), key=lambda pair: -len(pair[0])):
            text = re.sub(rf"(?<![\w/]){re.escape(path)}", here, text)
        for (name, port), here in self._running.ports.items():
            text = re.sub(rf"(?<![\w.-]){re.escape(name)}:{port}\b", f"127.0.0.1:{here}", text)
            text = re.sub(rf"'{re.escape(name)}', {port}\b", f"'127.0.0.1', {here}", text)
        for port in LISTENS.get(self.service.name, ()):
            text = self._own(text, port)
        return text.replace("$$", "$")

    def _own(self, text: str, port: int) -> str:
        """Where it listens itself, in each of the ways in which our files say so."""
        here = self._running.ports[self.service.name, port]
        text = re.sub(rf"\b(0\.0\.0\.0|127\.0\.0\.1|localhost):{port}\b", f"127.0.0.1:{here}", text)
        text = re.sub(rf"\bhost: 0\.0\.0\.0, port: {port}\b", f"host: 127.0.0.1, port: {here}", text)
        text = re.sub(rf"--host 0\.0\.0\.0 --port {port}\b", f"--host 127.0.0.1 --port {here}", text)
        return re.sub(rf"'127\.0\.0\.1', {port}\b", f"'127.0.0.1', {here}", text)

    def command(self) -> list[str]:
        """The program that the image has, with the file's words."""
        if self.service.name == "n8n":  # as who runs the test: Node loads no module for a user with a capability
            return self._words()
        return [*as_user(self.service.document["user"]), *self._words()]

    def _words(self) -> list[str]:
        if self.service.name in PROGRAMS:
            program, script, defaults = PROGRAMS[self.service.name]
            return [str(lab_program(program, script)), *map(self.text, (*self.service.command, *defaults))]
        if self.service.repository == ENGINE:
            return [sys.executable, "-m", "correlator", *(self.service.command or ["serve"])]
        if self.service.name == "n8n":
            return [str(installation() / "app" / "node_modules" / ".bin" / "n8n"), "start"]
        command = list(map(self.text, self.service.command))
        if self.service.name == "redis":
            command[-1] = command[-1].replace(
                "requirepass", f"bind 127.0.0.1\nport {self._running.ports['redis', 6379]}\nrequirepass"
            )
        return command

    def environment(self) -> dict[str, str]:
        """The image's where it is ours, and the file's; `python` is the one that runs this."""
        own = {name: self.text(value) for name, value in {**self._of_the_image(), **self.service.environment}.items()}
        node = installation() / "node24" / "node_modules" / ".bin"
        return {**own, "PATH": f"{Path(sys.executable).parent}:{node}:{os.environ['PATH']}"}

    def _of_the_image(self) -> dict[str, str]:
        if self.service.name == "n8n":
            port, broker = self._running.ports["n8n", 5678], free_port()
            ports = {"N8N_PORT": str(port), "N8N_RUNNERS_BROKER_PORT": str(broker), "N8N_LISTEN_ADDRESS": "127.0.0.1"}
            cookie = {
                "N8N_SECURE_COOKIE": "false"
            }  # a browser sends it to loopback over http, a test's client does not
            return {"HOME": self._here("/home/node"), **ports, **cookie}
        return read_dockerfile().environment("engine") if self.service.repository == ENGINE else {}

    def healthcheck(self) -> list[str]:
        """As a command for this machine."""
        kind, *words = map(self.text, self.service.healthcheck or ["CMD", "true"])
        words = [re.sub(r"redis-cli ", f"redis-cli -p {self._running.ports['redis', 6379]} ", word) for word in words]
        return ["sh", "-c", *words] if kind == "CMD-SHELL" else words

    def _copy(self) -> None:
        for mount in self.service.mounts:
            for file in mount.files():
                copy = Path(self._paths[mount.target]) / file.relative_to(mount.source)
                copy.parent.mkdir(parents=True, exist_ok=True)
                text = file.read_text(encoding="utf-8")
                copy.write_text(
                    self.text(text).replace(*INTERVAL) if is_configuration(file) else text, encoding="utf-8"
                )
