"""An Elasticsearch that asks who is there, and API keys for it."""

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from elasticsearch import Elasticsearch

from correlator.elasticsearch import Connection, connect
from correlator.elasticsearch.connection import ApiKey, Basic
from tests.e2e.jvm_peers import own_elasticsearch

PASSWORD = "lab-only-password"
Role = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Secured:
    """`admin` may do everything."""

    url: str
    admin: Elasticsearch

    def key(self, role: Role) -> str:
        """An API key that may do what the role descriptor says, in the form `encoded`."""
        descriptor = {name: value for name, value in role.items() if name != "applications"}
        return str(self.admin.security.create_api_key(name="test", role_descriptors={"role": descriptor})["encoded"])

    def connection(self, key: str) -> Connection:
        return Connection((self.url,), read_credentials=lambda: ApiKey(key), timeout_s=10.0)

    @contextmanager
    def client(self, role: Role) -> Iterator[Elasticsearch]:
        """What a key of this role may do."""
        with connect(self.connection(self.key(role))) as client:
            yield client


@contextmanager
def secured_elasticsearch() -> Iterator[Secured]:
    with own_elasticsearch(password=PASSWORD) as server:
        place = Connection((server.url,), read_credentials=lambda: Basic("elastic", PASSWORD))
        with connect(place) as admin:
            yield Secured(server.url, admin)


def privileges_of(role: Mapping[str, Any]) -> list[tuple[int | None, str]]:
    """Each privilege, and the grant on indices that it is of; None: the cluster's."""
    of_cluster: list[tuple[int | None, str]] = [(None, privilege) for privilege in role.get("cluster", ())]
    of_indices = ((at, name) for at, grant in enumerate(role["indices"]) for name in grant["privileges"])
    return [*of_cluster, *of_indices]


def without(role: Mapping[str, Any], grant: int | None, privilege: str) -> Role:
    """The role without one privilege. A grant of none is of `none`, which there is for this."""
    reduced = copy.deepcopy(dict(role))
    place, name = (reduced, "cluster") if grant is None else (reduced["indices"][grant], "privileges")
    place[name] = [each for each in place[name] if each != privilege] or (["none"] if grant is not None else [])
    return reduced
