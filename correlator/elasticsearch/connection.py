"""Where a cluster is, how one proves oneself there, and a client for it."""

import base64
import binascii
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from correlator.errors import SettingsError

if TYPE_CHECKING:  # imported late, as it takes long: settings and commands need the rest of this file
    from elasticsearch import Elasticsearch

    from correlator.elasticsearch.silence import NamedNode

CONNECTIONS_PER_NODE: Final = 10  # the client's own default


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key in the form that Elasticsearch calls `encoded`."""

    encoded: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Basic:
    """A user and a password."""

    user: str
    password: str = field(repr=False)


Credentials = ApiKey | Basic | None


@dataclass(frozen=True, slots=True)
class Connection:
    """A cluster: `hosts` (URLs without credentials) or `cloud_id`, one of them.

    `read_credentials` reads the secrets anew each time; it raises SettingsError where it cannot. `verify=False` accepts any
    certificate.
    """

    hosts: tuple[str, ...] = ()
    cloud_id: str | None = None
    read_credentials: Callable[[], Credentials] = lambda: None
    ca_file: Path | None = None
    verify: bool = True
    timeout_s: float = 30.0
    is_gzip: bool = False  # costs more CPU than it saves on a near network


def connect(connection: Connection) -> "Elasticsearch":
    """A client with the secrets of now; they are read anew where the server refuses them. It asks nobody yet.

    It retries nothing; errors are the client's own. In the answer to a search `hits.hits` is a list of Hit: each source as the bytes that were written. Raises SettingsError.
    """
    from elasticsearch import Elasticsearch

    from correlator.elasticsearch.search_answers import SearchAnswers

    return Elasticsearch(
        **_place(connection),
        **_proof(connection),
        **_trust(connection),
        request_timeout=connection.timeout_s,
        node_class=_node_class(connection),
        connections_per_node=CONNECTIONS_PER_NODE,
        max_retries=0,
        retry_on_timeout=False,
        serializer=SearchAnswers(),
    )


def cloud_url(cloud_id: str) -> str:
    """The URL that a cloud id names: `name:` and base64 of `domain[:port]$elasticsearch[:port]$kibana`. Raises SettingsError."""
    try:
        domain, uuid = base64.b64decode(cloud_id.rpartition(":")[2], validate=True).decode("ascii").split("$")[:2]
    except (binascii.Error, UnicodeDecodeError, ValueError):
        domain = uuid = ""
    host, _, port = domain.partition(":")
    name, _, own_port = uuid.partition(":")
    if not host or not name:
        raise SettingsError(
            "elasticsearch.cloud_id cannot be read; copy it from the deployment's page, as name:ZXhhbXBsZQ=="
        )
    return f"https://{name}.{host}:{own_port or port or 443}"


def _place(connection: Connection) -> dict[str, Any]:
    if connection.cloud_id is not None:
        return {"hosts": [cloud_url(connection.cloud_id)]}
    return {"hosts": list(connection.hosts)}


def _proof(connection: Connection) -> dict[str, Any]:
    from correlator.elasticsearch.proving import ProvingTransport

    def read_proof() -> str | None:
        return _authorization(connection.read_credentials())

    return {"transport_class": partial(ProvingTransport, read_proof=read_proof)}


def _authorization(credentials: Credentials) -> str | None:
    """The header of that name."""
    if isinstance(credentials, ApiKey):
        return f"ApiKey {credentials.encoded}"
    if isinstance(credentials, Basic):
        pair = f"{credentials.user}:{credentials.password}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"
    return None


def _node_class(connection: Connection) -> "type[NamedNode]":
    from correlator.elasticsearch.quick_gzip import QuickGzipNode
    from correlator.elasticsearch.silence import NamedNode

    return QuickGzipNode if connection.is_gzip else NamedNode


def _trust(connection: Connection) -> dict[str, Any]:
    is_tls = connection.cloud_id is not None or any(host.startswith("https:") for host in connection.hosts)
    if not is_tls:
        return {}
    if not connection.verify:
        return {"verify_certs": False, "ssl_show_warn": False}  # whoever set it knows
    try:
        return {"ssl_context": ssl.create_default_context(cafile=connection.ca_file)}
    except OSError as error:
        file = f"elasticsearch.ca_file = {str(connection.ca_file)!r}"
        raise SettingsError(f"{file}: {error}; name certificates as PEM") from error
