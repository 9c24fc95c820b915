"""A target of `forward`: its host is known, its port takes connections, its certificate is trusted. Nothing is sent."""

import socket
import ssl
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import httpx

from correlator.cli.checks.check import Check, Verdict
from correlator.cli.checks.servers import ASK_S
from correlator.errors import SettingsError
from correlator.settings.places import is_exposed

if TYPE_CHECKING:
    from correlator.settings.forward import ForwardTarget

PORTS: Final = {"http": {"http": 80, "https": 443}, "grpc": {"http": 4317, "https": 4317}}
"""Where an endpoint names none: by protocol, then scheme."""


def check_target(target: "ForwardTarget") -> Iterator[Check]:
    """Whether it can be reached, as far as that shows without a request."""
    name = f"forward {target.name}"
    try:
        has_secret = bool(target.read_headers())
        trust = _trust(target)
    except SettingsError as error:
        yield Check(name, Verdict.FAIL, str(error), "correct it, and run doctor again")
        return
    if has_secret and is_exposed(target.endpoint):
        yield Check(name, Verdict.WARN, f"its headers go to {target.endpoint} unencrypted", "use https://")
    parts = urlsplit(target.endpoint)
    port = parts.port or PORTS[target.protocol][parts.scheme]
    yield Check(name, *_reached(parts.hostname or "", port, trust))


def _trust(target: "ForwardTarget") -> ssl.SSLContext | None:
    """As the target's senders trust; None without TLS. Raises SettingsError."""
    if not target.endpoint.startswith("https:"):
        return None
    try:
        named = target.ca_file and ssl.create_default_context(cafile=target.ca_file)
    except OSError as error:
        file = f"forward.targets: {target.name}: ca_file = {str(target.ca_file)!r}"
        raise SettingsError(f"{file}: {error}; name certificates as PEM") from error
    trust = named or httpx.create_ssl_context(trust_env=False)
    if target.protocol == "grpc":
        trust.set_alpn_protocols(["h2"])
    return trust


def _reached(host: str, port: int, trust: ssl.SSLContext | None) -> tuple[Verdict, str, str]:
    place = f"{host}:{port}"
    try:
        with socket.create_connection((host, port), ASK_S) as connection:
            if trust is None:
                return Verdict.OK, f"{place} takes connections", ""
            with trust.wrap_socket(connection, server_hostname=host):
                return Verdict.OK, f"{place} takes connections, and its certificate is trusted", ""
    except socket.gaierror as error:
        return Verdict.FAIL, f"{host} is not known here: {error.strerror}", "correct the endpoint, or the name server"
    except ssl.SSLCertVerificationError as error:
        remedy = "name its authority in the target's ca_file, or correct the endpoint"
        return Verdict.FAIL, f"{place} is not trusted: {error.verify_message}", remedy
    except ssl.SSLError as error:
        remedy = "if it speaks no TLS, let the endpoint begin with http://"
        return Verdict.FAIL, f"{place} takes connections, but no TLS: {error.reason}", remedy
    except OSError as error:
        remedy = "is it running, and is the endpoint right?"
        return Verdict.FAIL, f"{place} takes no connection: {error.strerror or error}", remedy
