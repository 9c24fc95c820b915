"""Which privileges of a role a key lacks: asked beforehand, as a search that may not read an index can answer with nothing."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from elasticsearch import ApiError, Elasticsearch

from correlator.elasticsearch.names import Names
from correlator.elasticsearch.roles import role
from correlator.errors import SettingsError

WITHOUT_SECURITY: Final = frozenset({400, 405, 500})
"""What a server without security answers, by its version."""


def require(client: Elasticsearch, name: str, names: Names, read: Iterable[str] = ()) -> None:
    """Raises SettingsError that names each privilege of a role of ROLES which the client's key lacks, and what it is on.

    `read` are the indices of the reader.
    """
    lacking = list(missing(client, role(name, names, read)))
    if lacking:
        told = "; ".join(lacking)
        raise SettingsError(
            f"the key for Elasticsearch lacks {told}; give it the role that `correlator elasticsearch roles {name}` prints"
        )


def missing(client: Elasticsearch, descriptor: Mapping[str, Any]) -> Iterator[str]:
    """`read on traces-generic.otel-default, ...`, one for each privilege; none where the server knows no security. Raises ApiError, TransportError."""
    try:
        answer = client.security.has_privileges(
            cluster=descriptor.get("cluster", []),
            index=[{"names": each["names"], "privileges": each["privileges"]} for each in descriptor["indices"]],
        )
    except ApiError as error:
        if error.status_code not in WITHOUT_SECURITY:
            raise
        return
    yield from (f"{name} on the cluster" for name, is_given in answer["cluster"].items() if not is_given)
    for grant in descriptor["indices"]:
        for privilege in grant["privileges"]:
            places = [name for name in grant["names"] if not answer["index"][name][privilege]]
            if places:
                yield f"{privilege} on {', '.join(places)}"
