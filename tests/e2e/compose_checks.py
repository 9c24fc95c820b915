"""What must be so in docker-compose.observability.yml whatever is added to it; each check gives its complaints."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import yaml

from tests.e2e.compose_file import LISTENS, Compose, Service, is_configuration

WRITES_BESIDE_ITS_PROGRAM: Final = {"elasticsearch", "kibana"}
"""Their images keep what they write at start beside their program: no read-only root."""
NO_HEALTHCHECK: Final = {"collector"}
"""Its image holds one program, without a shell or a client."""
PROGRAMS: Final = {
    "docker.n8n.io/n8nio/n8n": {"node"},
    "correlator-demo": {"python"},
    "correlator": {"python"},
    "redis": {"sh", "redis-cli"},
    "prom/prometheus": {"wget"},
    "prom/alertmanager": {"wget"},
    "prom/node-exporter": {"wget"},
    "grafana/grafana": {"wget", "curl"},
    "docker.elastic.co/elasticsearch/elasticsearch": {"bash", "curl"},
    "docker.elastic.co/kibana/kibana": {"bash", "curl"},
}
"""What a healthcheck may call, by what each image is made of: BusyBox of prom/*, Alpine of redis and grafana; Elastic's
own documentation probes with the curl of its images."""
SECRET_KEY: Final = re.compile(
    r"(?i)(pass(word|wd)?|secret|token|credentials?|api_?key|encryption_?key|routing_key|slack.*_url)(_?_file)?$"
)
"""Names that hold a secret, or the file of one."""
SECRET_VALUE: Final = re.compile(
    r"(?i)(?:password|token)[\"']?[ \t]*[=:][ \t]*[\"']?([^\s\"']+)|requirepass[ \t]+(\S+)"
    r"|(?<!\S)-u[ \t]+(\S+:\S+)|://[^/\s:@]*:([^/\s@]+)@"
)
"""What a command line or a URL says a secret is."""
SECRET_ARGUMENT: Final = re.compile(r"\bexec\b[^\n]*\$\$\(cat /run/secrets/")
"""A command that a shell becomes, with a secret on its line."""
READ_FROM_A_FILE: Final = re.compile(
    r"/run/secrets/|\$\{file:/run/secrets/|\$__file\{/run/secrets/|\$\{[A-Z_]+\}|\$\$\(|%s"
)


def find_faults(compose: Compose) -> list[str]:
    """Every complaint, with the service that it is about."""
    return [
        fault for check in (*CHECKS, secrets_that_nobody_declares, secrets_that_nobody_uses) for fault in check(compose)
    ]


def loose_images(compose: Compose) -> Iterator[str]:
    """A tag that another image may get tomorrow."""
    for service in _each(compose):
        _, colon, tag = service.image.rpartition(":")
        if not colon or not re.match(r"v?\d+\.\d+\.\d+", tag):
            yield f"{service.name}: image {service.image} is not pinned to a release"


def privileges(compose: Compose) -> Iterator[str]:
    """More rights than a process needs."""
    for service in _each(compose):
        document = service.document
        for key in ("privileged", "network_mode", "pid", "ipc", "cap_add", "devices", "userns_mode"):
            if document.get(key):
                yield f"{service.name}: {key} is given"
        if document.get("cap_drop") != ["ALL"] or "no-new-privileges:true" not in document.get("security_opt", ()):
            yield f"{service.name}: keeps capabilities, or may gain some"
        if not re.fullmatch(r"[1-9]\d*:\d+", str(document.get("user", ""))):
            yield f"{service.name}: user {document.get('user')!r} is root, or not known"
        if "docker.sock" in str(document.get("volumes", "")):
            yield f"{service.name}: holds the container engine's socket"


def writable_roots(compose: Compose) -> Iterator[str]:
    """A root file system that can be written, but for those that cannot do without."""
    for service in _each(compose):
        if not service.document.get("read_only") and service.name not in WRITES_BESIDE_ITS_PROGRAM:
            yield f"{service.name}: its root is writable"
        yield from (
            f"{service.name}: {each.target} is mounted writable" for each in service.mounts if not each.is_read_only
        )


def open_ports(compose: Compose) -> Iterator[str]:
    """A port that other machines reach, or that leads nowhere."""
    for service in _each(compose):
        for port in service.document.get("ports", ()):
            if not str(port).startswith("127.0.0.1:"):
                yield f"{service.name}: port {port} is published beyond loopback"
            elif int(str(port).rpartition(":")[2]) not in LISTENS.get(service.name, ()):
                yield f"{service.name}: nobody listens on the port of {port}"


def missing_bounds(compose: Compose) -> Iterator[str]:
    """No limit of memory, processors and processes; no restart."""
    for service in _each(compose):
        limits = service.document.get("deploy", {}).get("resources", {}).get("limits", {})
        yield from (f"{service.name}: no limit of {each}" for each in ("cpus", "memory", "pids") if each not in limits)
        if not service.document.get("restart"):
            yield f"{service.name}: is not started again"


def healthchecks(compose: Compose) -> Iterator[str]:
    """A service without one, or one that calls what its image does not have."""
    for service in _each(compose):
        kind, *words = service.healthcheck or ["", ""]
        program = "sh" if kind == "CMD-SHELL" else words[0]
        if not service.healthcheck:
            if not service.is_job and service.name not in NO_HEALTHCHECK:
                yield f"{service.name}: no healthcheck"
        elif program not in PROGRAMS.get(service.repository, ()):
            yield f"{service.name}: its healthcheck calls {program}, which its image may not have"


def dependencies(compose: Compose) -> Iterator[str]:
    """Waiting for what never comes, or not for all that could be."""
    for service in _each(compose):
        for name, how in service.document.get("depends_on", {}).items():
            other = compose.services.get(name)
            wanted = None if other is None else _condition(other)
            if how["condition"] != wanted:
                yield f"{service.name}: waits for {name} by {how['condition']}, not {wanted}"


def dead_addresses(compose: Compose) -> Iterator[str]:
    """host:port that no service listens on, or that this one cannot reach."""
    for service in _each(compose):
        for host, port in sorted(service.addresses()):
            other = compose.services.get(host)
            if other is None or port not in LISTENS.get(host, ()):
                yield f"{service.name}: nobody listens on {host}:{port}"
            elif not service.networks & other.networks:
                yield f"{service.name}: {host} is in none of its networks"


def missing_mounts(compose: Compose) -> Iterator[str]:
    """A file that the container would find empty, or make."""
    for service in _each(compose):
        yield from (f"{service.name}: {each.source} does not exist" for each in service.mounts if not each.files())


def written_secrets(compose: Compose) -> Iterator[str]:
    """A password, token or key in a file of ours instead of in a file of its own."""
    for service in _each(compose):
        documents = [service.environment, *service.command, *service.healthcheck, *_mounted_documents(service)]
        for key, value in (leaf for document in documents for leaf in _leaves(document)):
            if SECRET_KEY.search(key) and not READ_FROM_A_FILE.match(value):
                yield f"{service.name}: {key} is written out"
            for match in SECRET_VALUE.finditer(value):
                if not READ_FROM_A_FILE.match(next(filter(None, match.groups()))):
                    yield f"{service.name}: a command or URL has a secret written out in it"


def secrets_in_arguments(compose: Compose) -> Iterator[str]:
    """A secret that the shell reads and hands on as an argument: everybody on the machine sees those of every process."""
    for service in _each(compose):
        if any(SECRET_ARGUMENT.search(each) for each in service.command):
            yield f"{service.name}: a secret is among the arguments of a process; give it by environment or standard input"


def secrets_that_nobody_declares(compose: Compose) -> Iterator[str]:
    """A file below /run/secrets that is named and not there."""
    for service in _each(compose):
        for name in sorted(service.named_secrets() - service.secrets):
            yield f"{service.name}: is not given the secret {name}, which it names"
        for name in sorted(service.secrets - compose.secrets):
            yield f"{service.name}: the secret {name} is not declared"


def secrets_that_nobody_uses(compose: Compose) -> Iterator[str]:
    """More than what a service needs to know."""
    for service in _each(compose):
        asks_by_name = {name for name in service.secrets if any(f"secret {name}" in each for each in service.command)}
        for name in sorted(service.secrets - service.named_secrets() - asks_by_name):
            yield f"{service.name}: is given the secret {name} for nothing"
    given = {name for service in _each(compose) for name in service.secrets}
    yield from (f"the secret {name} is given to nobody" for name in sorted(compose.secrets - given))


CHECKS: Final[tuple[Callable[[Compose], Iterator[str]], ...]] = (
    loose_images,
    privileges,
    writable_roots,
    open_ports,
    missing_bounds,
    healthchecks,
    dependencies,
    dead_addresses,
    missing_mounts,
    written_secrets,
    secrets_in_arguments,
)


def _each(compose: Compose) -> Iterator[Service]:
    yield from compose.services.values()


def _condition(service: Service) -> str:
    if service.is_job:
        return "service_completed_successfully"
    return "service_healthy" if service.healthcheck else "service_started"


def _mounted_documents(service: Service) -> Iterator[Any]:
    for mount in service.mounts:
        for file in filter(is_configuration, mount.files()):
            yield from yaml.safe_load_all(file.read_text(encoding="utf-8"))


def _leaves(document: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a document with the key that it stands under."""
    if isinstance(document, Mapping):
        for name, value in document.items():
            yield from _leaves(value, str(name))
    elif isinstance(document, list):
        for value in document:
            yield from _leaves(value, key)
    else:
        yield key, str(document)
