"""The key of docs/how-to/send-to-elasticsearch.md: the exporter works with exactly its privileges."""

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from correlator.elasticsearch import Connection, Names
from correlator.elasticsearch.connection import ApiKey
from correlator.elasticsearch.setup import apply, plan
from exporters.delivery import TryAgain
from tests.conformance.records import span, tables, trace_id
from tests.e2e.jvm_peers import WHY_NO_ELASTICSEARCH, own_elasticsearch
from tests.e2e.peers import scripts
from tests.elastic.exporting import Exporting, exporting, values_in
from tests.elastic.prepared import RETENTION_S
from tests.elastic.test_exporter import conclude
from tests.unit.serve.api import an_incident

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "send-to-elasticsearch.md"
PASSWORD = "lab-only"
NAMES = Names()

pytestmark = pytest.mark.skipif(scripts() is None, reason=WHY_NO_ELASTICSEARCH)


def documented() -> dict[str, Any]:
    """The role descriptors of the page."""
    texts = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (roles,) = (roles for text in texts if "exporter" in (roles := json.loads(text)))
    return dict(roles)


def left_out() -> list[tuple[int, str]]:
    """Each privilege of the page, by its place."""
    indices = documented()["exporter"]["indices"]
    return [(place, privilege) for place, granted in enumerate(indices) for privilege in granted["privileges"]]


@pytest.fixture(scope="module")
def secured() -> Iterator[Elasticsearch]:
    """A server with security on, as its superuser."""
    with (
        own_elasticsearch(PASSWORD) as server,
        Elasticsearch(server.url, basic_auth=("elastic", PASSWORD), request_timeout=60) as client,
    ):
        apply(client, plan(client, NAMES, RETENTION_S))
        yield client


def engine_with(client: Elasticsearch, roles: dict[str, Any], folder: Path) -> Any:
    """An exporter with a key of these roles."""
    key = client.security.create_api_key(name="exporter", role_descriptors=roles)["encoded"]
    (node,) = client.transport.node_pool.all()
    connection = Connection(hosts=(node.base_url,), read_credentials=lambda: ApiKey(key), timeout_s=10.0)
    return exporting(folder, connection, NAMES)


def export_all(engine: Exporting, number: int) -> None:
    """What the exporter ever does: create, look up, conclude, conclude anew."""
    engine.record(tables([span(trace_id(number), number, attributes=f'{{"new.{number}":"field"}}')]))
    conclude(engine, an_incident())
    engine.turn(2)
    later = engine.sender_of_a_later_run()
    later.send(engine.parcels()[-1:])
    later.close()


def test_the_documented_privileges_suffice(secured: Elasticsearch, tmp_path: Path) -> None:
    """For records, their look-up, incidents, and fields that are new to the mapping."""
    with engine_with(secured, documented(), tmp_path / "data") as engine:
        export_all(engine, 1)
        assert "answers" not in engine.exporter.describe()
        engine.settled()
    assert values_in(secured, NAMES.stream("traces")) == {span(trace_id(1), 1)["span_id"].hex(): 1}
    assert secured.exists(index=NAMES.incidents, id=an_incident().key)


@pytest.mark.parametrize(("place", "privilege"), left_out())
def test_none_of_them_can_be_left_out(secured: Elasticsearch, tmp_path: Path, place: int, privilege: str) -> None:
    """What is refused then waits, and says why."""
    roles = copy.deepcopy(documented())
    roles["exporter"]["indices"][place]["privileges"].remove(privilege)
    with engine_with(secured, roles, tmp_path / "data") as engine:
        told = ""
        try:
            export_all(engine, 2)
        except TryAgain as error:
            told = str(error)
        assert "answers 403" in engine.exporter.describe() + told
