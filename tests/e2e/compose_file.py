"""docker-compose.observability.yml, read: what each service mounts, knows, listens on and names."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[2]
COMPOSE: Final = ROOT / "docker-compose.observability.yml"
SECRETS: Final = "/run/secrets/"
LOOPBACK: Final = ("localhost", "127.0.0.1")

LISTENS: Final = {
    "n8n": {5678},
    "bridge": {8080},
    "worker": set(),
    "redis": {6379},
    "collector": {4317, 4318, 8888},
    "engine": {4317, 4318, 7070},
    "prometheus": {9090},
    "alertmanager": {9093},
    "node-exporter": {9100},
    "grafana": {3000},
    "elasticsearch": {9200},
    "kibana": {5601},
}
"""The ports of each service: of bridge, Collector and engine by our own files, of the others by their images' EXPOSE."""

_ADDRESS: Final = re.compile(r"(?<![\w.-])([a-z][a-z0-9-]*|127\.0\.0\.1):(\d{2,5})(?![\w.])")
_SECRET: Final = re.compile(re.escape(SECRETS) + r"([a-z0-9_]+)")
_USER_INFO: Final = re.compile(r"(?<=://)[^/@\s]*(?:\$\$\([^)]*\))?[^/@\s]*@")


@dataclass(frozen=True, slots=True)
class Mount:
    """A file or folder of the repository in a container."""

    source: Path
    target: str
    is_read_only: bool

    def files(self) -> list[Path]:
        """What is mounted, file by file; none where there is no such thing."""
        if self.source.is_file():
            return [self.source]
        return sorted(each for each in self.source.rglob("*") if each.is_file())


@dataclass(frozen=True)
class Service:
    """One service of the file; `root` is the repository."""

    name: str
    document: Mapping[str, Any]
    root: Path = ROOT

    @property
    def image(self) -> str:
        return str(self.document["image"])

    @property
    def repository(self) -> str:
        """The image without its tag."""
        return re.sub(r":[^/]*$", "", self.image)

    @property
    def is_ours(self) -> bool:
        """Whether its image is built here."""
        return "build" in self.document

    @property
    def is_job(self) -> bool:
        """Whether it ends by itself, once its work is done."""
        return str(self.document.get("restart", "")).startswith(("on-failure", "no"))

    @property
    def environment(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.document.get("environment", {}).items()}

    @property
    def command(self) -> list[str]:
        """Entrypoint and command, as far as the file says them."""
        return [str(part) for key in ("entrypoint", "command") for part in self.document.get(key, [])]

    @property
    def healthcheck(self) -> list[str]:
        return [str(part) for part in self.document.get("healthcheck", {}).get("test", [])]

    @property
    def secrets(self) -> set[str]:
        return set(self.document.get("secrets", ()))

    @property
    def networks(self) -> set[str]:
        return set(self.document["networks"])

    @cached_property
    def mounts(self) -> list[Mount]:
        """Of the repository's files; named volumes and the machine's folders are none."""
        written = [str(each).split(":") for each in self.document.get("volumes", ())]
        return [
            Mount((self.root / source).resolve(), target, mode == ["ro"])
            for source, target, *mode in written
            if source.startswith("./")
        ]

    @property
    def writable(self) -> set[str]:
        """Where it may write: its volumes and its file systems in memory."""
        written = [str(each).split(":") for each in self.document.get("volumes", ())]
        in_memory = {str(each).partition(":")[0] for each in self.document.get("tmpfs", ())}
        return {target for source, target, *_ in written if not source.startswith((".", "/"))} | in_memory

    def texts(self) -> Iterator[str]:
        """Everything that tells this service where others are: environment, command, mounted configuration."""
        yield from self.environment.values()
        yield from self.command
        yield from self.healthcheck
        for mount in self.mounts:
            yield from (file.read_text(encoding="utf-8") for file in mount.files() if is_configuration(file))

    def addresses(self) -> set[tuple[str, int]]:
        """Each host and port that it names, but for hosts elsewhere. Loopback is the service itself."""
        found = {pair for text in self.texts() for pair in _ADDRESS.findall(_USER_INFO.sub("", without_comments(text)))}
        return {(self.name if host in LOOPBACK else host, int(port)) for host, port in found}

    def named_secrets(self) -> set[str]:
        """Each secret whose file it names."""
        return {name for text in self.texts() for name in _SECRET.findall(text)}


@dataclass(frozen=True)
class Compose:
    """The whole file."""

    document: Mapping[str, Any]
    root: Path = ROOT

    @cached_property
    def services(self) -> dict[str, Service]:
        return {name: Service(name, document, self.root) for name, document in self.document["services"].items()}

    @property
    def secrets(self) -> set[str]:
        return set(self.document["secrets"])


def read_compose(text: str | None = None, root: Path = ROOT) -> Compose:
    """The file, or another text in its place."""
    return Compose(yaml.safe_load(text if text is not None else COMPOSE.read_text(encoding="utf-8")), root)


def is_configuration(file: Path) -> bool:
    """Whether a mounted file says where things are. Rules and their tests name series only."""
    return file.suffix in (".yml", ".yaml") and not file.name.endswith((".rules.yaml", ".test.yaml"))


def without_comments(text: str) -> str:
    """YAML without what is said to people."""
    return re.sub(r"(?m)(^|\s)#.*$", "", text)
