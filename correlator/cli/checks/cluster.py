"""An Elasticsearch is asked: each node who it is, then the cluster how it does. Nothing is written."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from elastic_transport import TlsError
from elasticsearch import (
    ApiError,
    AuthenticationException,
    AuthorizationException,
    TransportError,
    UnsupportedProductError,
)

from correlator.cli.checks.check import Check, Verdict
from correlator.cli.checks.cluster_state import questions
from correlator.cli.checks.elasticsearch import NAME, secret_of
from correlator.cli.checks.servers import ASK_S, check_servers
from correlator.cli.elasticsearch.cluster import NOT_OURS, TRUST
from correlator.elasticsearch import Connection, connect
from correlator.elasticsearch.error_body import error_of
from correlator.elasticsearch.silence import cause_of

if TYPE_CHECKING:
    from correlator.settings.elasticsearch import ElasticsearchSettings

GREETED_S: Final = 2 * ASK_S  # by all nodes; one whose name has two addresses is tried at both
OLDEST: Final = (
    8,
    15,
)  # has passthrough fields with the priority that our templates set (elastic/elasticsearch#106829)
NEWEST_MAJOR: Final = 9  # a client is of the server's major version, or of the one before: Elastic's rule


def check_cluster(given: "ElasticsearchSettings", roles: Sequence[str]) -> Iterator[Check]:
    """A check a node; then of the cluster, by the first node that lets us in. Raises SettingsError."""
    nodes = {_place(node, given): node for node in _nodes(given.connection)}
    asked = {place: partial(_greeting, node, given) for place, node in nodes.items()}
    greeted = list(check_servers(asked, GREETED_S))
    inside = [node for node, check in zip(nodes.values(), greeted, strict=True) if check.verdict is not Verdict.FAIL]
    for check in greeted:  # where one node does not answer another is asked
        is_spared = check.verdict is Verdict.FAIL and inside
        yield replace(check, verdict=Verdict.WARN) if is_spared else check
    if inside:
        with connect(inside[0]) as client:
            for name, ask in questions(client, given, roles):
                yield from _answer(name, ask, given)


def _nodes(connection: Connection) -> list[Connection]:
    """Each node as a connection of its own; a cloud id stands for one."""
    quick = replace(connection, timeout_s=min(connection.timeout_s, ASK_S))
    return [replace(quick, hosts=(host,)) for host in connection.hosts] or [quick]


def _place(node: Connection, given: "ElasticsearchSettings") -> str:
    return node.hosts[0] if node.hosts else given.place


def _greeting(node: Connection, given: "ElasticsearchSettings") -> Iterator[Check]:
    place = _place(node, given)
    try:
        with connect(node) as client:
            version = str(client.info()["version"]["number"])
    except (ApiError, TransportError) as error:
        if isinstance(error, AuthorizationException) and error_of(error.body):  # so it is with the roles that we ship
            seen = f"{place} answers; version and health are not shown to this key: they need the cluster privilege monitor"
            yield Check(NAME, Verdict.OK, seen)
        else:
            yield _failed(NAME, error, place, given)
    else:
        yield _version_check(place, version)


def _version_check(place: str, version: str) -> Check:
    major, minor = (int(part) for part in version.split(".")[:2])
    seen, oldest = f"{place} answers, version {version}", ".".join(map(str, OLDEST))
    if (major, minor) < OLDEST:
        return Check(NAME, Verdict.FAIL, seen, f"use Elasticsearch {oldest} or newer: our templates need it")
    if major > NEWEST_MAJOR:
        remedy = f"this version of correlator knows {oldest} to {NEWEST_MAJOR}.x; look for a newer one"
        return Check(NAME, Verdict.WARN, seen, remedy)
    return Check(NAME, Verdict.OK, seen)


def _answer(name: str, ask: Callable[[], Check], given: "ElasticsearchSettings") -> Iterator[Check]:
    try:
        yield ask()
    except AuthorizationException:
        return  # the check of privileges says which one is lacking where it is needed
    except (ApiError, TransportError) as error:
        yield _failed(name, error, given.place, given)


def _failed(name: str, error: ApiError | TransportError, place: str, given: "ElasticsearchSettings") -> Check:
    return Check(name, Verdict.FAIL, *_told(error, place, given))


def _told(error: ApiError | TransportError, place: str, given: "ElasticsearchSettings") -> tuple[str, str]:
    """What was seen, and what to do. Not all of the server's own words: they may quote a header, or name the key's id."""
    if isinstance(error, UnsupportedProductError):
        return f"{place} is no Elasticsearch, or something on the way takes its header X-Elastic-Product away", NOT_OURS
    if isinstance(error, TransportError):
        remedy = TRUST if isinstance(error, TlsError) else "is it running, and is elasticsearch.hosts right?"
        return f"{place} does not answer ({cause_of(error)})", remedy
    seen, cause = f"{place} answers {error.status_code}", error_of(error.body)
    if not cause:
        return seen, NOT_OURS
    if isinstance(error, AuthenticationException):
        return f"{seen}: it does not know who asks", _proof_remedy(given)
    return f"{seen} {cause.get('type', '')}: {cause.get('reason', 'no reason given')}", "see the cluster's own log"


def _proof_remedy(given: "ElasticsearchSettings") -> str:
    secret = secret_of(given)
    if not secret:
        return "set elasticsearch.api_key_file, or user and password_file"
    return f"mend {secret}: it is wrong, of another cluster, expired or revoked"
