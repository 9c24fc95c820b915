"""The addresses that the engine listens on: free, or held by an engine that already runs."""

import errno
import socket
from collections.abc import Iterator, Mapping

import httpx

from correlator.cli.checks.check import Check, Verdict


def check_ports(addresses: Mapping[str, str]) -> Iterator[Check]:
    """One check for each of otlp_http, otlp_grpc and api, all `host:port`."""
    running = _is_engine(addresses["api"])
    for name, address in addresses.items():
        yield _check_port(name, address, running)


def _check_port(name: str, address: str, running: bool) -> Check:
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        socket.create_server((host, int(port)), family=family).close()
    except OSError as error:
        return _taken(name, address, error, running)
    return Check(f"port {name}", Verdict.OK, f"{address} is free")


def _taken(name: str, address: str, error: OSError, running: bool) -> Check:
    option = "--" + name.replace("_", "-")
    if error.errno != errno.EADDRINUSE:
        seen = f"{address} cannot be listened on: {error.strerror}"
        return Check(f"port {name}", Verdict.FAIL, seen, f"give an address of this machine with {option}")
    if running:
        return Check(f"port {name}", Verdict.OK, f"{address} is taken, and an engine is running")
    return Check(
        f"port {name}", Verdict.FAIL, f"{address} is taken by another program", f"stop it, or give {option} HOST:PORT"
    )


def _is_engine(address: str) -> bool:
    try:
        answer = httpx.get(f"http://{address}/healthz", timeout=2, trust_env=False)
        return answer.status_code == httpx.codes.OK and answer.json() == {"status": "ok"}
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return False
