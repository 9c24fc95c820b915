"""The compose file's Elasticsearch: users, templates and what the engine writes, by nothing but the file's own words."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import AuthorizationException, Elasticsearch

from correlator.elasticsearch import Connection, Names, connect
from correlator.elasticsearch.connection import Basic
from correlator.elasticsearch.setup import plan
from correlator.store.contract import WatchCommit, WatchState
from tests.conformance.records import span, tables
from tests.e2e.compose_processes import Running
from tests.e2e.compose_tools import make_secrets
from tests.e2e.jvm_peers import WHY_NO_ELASTICSEARCH, own_elasticsearch
from tests.e2e.peers import scripts
from tests.elastic.exporting import exporting, values_in
from tests.elastic.prepared import RETENTION_S
from tests.unit.serve.api import an_incident

pytestmark = [pytest.mark.skipif(scripts() is None, reason=WHY_NO_ELASTICSEARCH), pytest.mark.timeout(300)]

JOBS = ("elasticsearch-users", "elasticsearch-setup")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Its Elasticsearch, with the passwords of `make compose-secrets`, and what the jobs before Kibana made."""
    folder = tmp_path_factory.mktemp("compose")
    secrets = make_secrets(folder)
    with own_elasticsearch(password=(secrets / "elasticsearch_password").read_text(encoding="utf-8")) as server:
        port = int(server.address.rpartition(":")[2])
        services = Running(folder, {("elasticsearch", 9200): port}, secrets)
        for job in JOBS:
            services.finish(job)
        yield services


def connection(running: Running, user: str, secret: str) -> Connection:
    return Connection(
        (running.url("elasticsearch", 9200),), read_credentials=lambda: Basic(user, password(running, secret))
    )


def password(running: Running, secret: str) -> str:
    return (running.secrets / secret).read_text(encoding="utf-8")


@pytest.fixture
def admin(running: Running) -> Iterator[Elasticsearch]:
    may_do_all = ("elastic", password(running, "elasticsearch_password"))
    with Elasticsearch(running.url("elasticsearch", 9200), basic_auth=may_do_all) as client:
        yield client


def test_the_jobs_make_all_that_the_engine_needs(running: Running, admin: Elasticsearch) -> None:
    """And may run again, as at each start."""
    assert not plan(admin, Names(), RETENTION_S).due
    for job in JOBS:
        running.finish(job)


def test_the_engines_user_writes_records_and_incidents(running: Running, admin: Elasticsearch, tmp_path: Path) -> None:
    """All that Kibana's dashboards show."""
    to = connection(running, "correlator_exporter", "exporter_password")
    with exporting(tmp_path / "data", to, Names(), signals=("traces", "logs")) as engine:
        engine.record(tables([span(b"a" * 16, 1, is_error=True)]))
        engine.store.commit_watch(WatchCommit(WatchState(0), (an_incident(),)))
        engine.settled()
    assert values_in(admin, "traces-generic.otel-default", "trace_id") == {(b"a" * 16).hex(): 1}
    admin.indices.refresh(index="correlator-incidents")
    assert admin.count(index="correlator-incidents")["count"] == 1


def test_the_engines_user_makes_no_template(running: Running) -> None:
    """Nor does it look at what it did not write."""
    with connect(connection(running, "correlator_exporter", "exporter_password")) as client:
        with pytest.raises(AuthorizationException):
            client.cluster.put_component_template(name="correlator-records", template={})
        with pytest.raises(AuthorizationException):
            client.search(index="correlator-incidents")


def test_kibanas_password_is_set(running: Running) -> None:
    """It is the one of the file that Kibana reads."""
    with connect(connection(running, "kibana_system", "kibana_password")) as client:
        assert client.security.authenticate()["username"] == "kibana_system"
