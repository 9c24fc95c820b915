"""The roles that we ship: enough for what each part does, and no privilege more."""

import base64
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from elasticsearch import ApiError, Elasticsearch
from typer.testing import CliRunner

from correlator.cli.app import app
from correlator.cli.exits import ExitCode
from correlator.elasticsearch import Connection, Names, connect
from correlator.elasticsearch.connection import Basic
from correlator.elasticsearch.names import INDICES
from correlator.elasticsearch.roles import role
from correlator.elasticsearch.roles.missing import missing, require
from correlator.elasticsearch.setup import apply, plan
from correlator.elasticsearch.templates.data_streams import SIGNALS
from correlator.errors import CorrelatorError, SettingsError
from correlator.model.run import RunPart
from correlator.model.tables import Tables
from correlator.pipeline.exporter import ExporterContext, Spool
from correlator.settings import Settings
from correlator.settings.elasticsearch_export import ElasticsearchExportSettings
from correlator.store.contract import LedgerCommit, LedgerState, WatchCommit, WatchState
from correlator.store.elasticsearch import ElasticsearchStore
from correlator.store.elasticsearch.conclusions.kept_text import KeptText
from correlator.store.elasticsearch.requests.marker_upkeep import MarkerUpkeep
from correlator.store.segments import SegmentStore
from correlator.telemetry.metrics import EngineMetrics
from correlator.wiring.elasticsearch_store import prepare
from correlator.wiring.foreign import make_foreign_reader
from exporters.delivery import TryAgain
from exporters.elasticsearch.cluster import Cluster
from exporters.elasticsearch.exporter import build_exporter
from exporters.elasticsearch.log_id import log_id_of
from exporters.elasticsearch.record_sender import RecordSender
from tests.conformance import test_catalog, test_outcome_ledger, test_writer
from tests.conformance.records import decode, frame_of, span, tables
from tests.conformance.stores import leave
from tests.e2e.jvm_peers import WHY_NO_ELASTICSEARCH
from tests.e2e.peers import scripts
from tests.elastic.exporting import Exporting
from tests.elastic.prepared import RETENTION_S, own_names
from tests.elastic.secured import Secured, privileges_of, secured_elasticsearch, without
from tests.unit.serve.api import an_incident

pytestmark = [pytest.mark.skipif(scripts() is None, reason=WHY_NO_ELASTICSEARCH), pytest.mark.timeout(600)]

WRONG_KEY = base64.b64encode(b"nobody:of-this-cluster").decode()
NAMES = Names()
"""As the files of the roles have them."""
EXPORTED = Names(namespace="exported")
STAYS_EMPTY = (AssertionError, KeyError)
"""A search that may be without its indices leaves out those that the key may not read."""
Refusal = (ApiError, CorrelatorError, TryAgain)


@pytest.fixture(scope="module")
def secured() -> Iterator[Secured]:
    """With all that setup makes."""
    with secured_elasticsearch() as server:
        for names in (NAMES, EXPORTED):
            apply(server.admin, plan(server.admin, names, RETENTION_S))
            _refresh_only_when_told(server.admin, names)
        yield server


def _refresh_only_when_told(client: Elasticsearch, names: Names) -> None:
    """So that what a key may not refresh stays unseen."""
    every = [*map(names.stream, SIGNALS), *map(names.index, INDICES)]
    client.indices.put_settings(index=every, settings={"index.refresh_interval": "-1"})


def records(trace: bytes) -> Tables:
    """With an attribute that no mapping knows yet."""
    attributes = f'{{"attribute_{secrets.token_hex(4)}":1}}'
    return tables([span(trace, 1, is_error=True, attributes=attributes)])


def set_up(client: Elasticsearch, names: Names = NAMES) -> None:
    """Plan, make what is missing, and change what is another's by now: retention, a mapping, an outdated stream."""
    needed = plan(client, names, RETENTION_S)
    apply(client, needed)
    client.indices.put_data_lifecycle(name=names.stream("logs"), data_retention="29d")
    apply(client, plan(client, names, RETENTION_S))
    client.cluster.put_component_template(**_own_component(client, names))


def _own_component(client: Elasticsearch, names: Names) -> dict[str, object]:
    found = client.cluster.get_component_template(name=f"{names.prefix}*")["component_templates"][0]
    return {"name": found["name"], "body": _sent(found["component_template"])}


def _sent(template: dict[str, object]) -> dict[str, object]:
    """Without what the server adds."""
    return {name: value for name, value in template.items() if not name.endswith(("_date", "_date_millis"))}


def part_of(trace: bytes) -> RunPart:
    """Of the first minutes there were."""
    return replace(test_outcome_ledger.PART, ref=trace.hex(), newest_unix_nano=1)


def keep(client: Elasticsearch) -> None:
    """What a store does in its life."""
    prepare(client, NAMES, RETENTION_S, wait_s=5)
    store = ElasticsearchStore(client, NAMES)
    try:
        trace = secrets.token_bytes(16)
        sent = records(trace)
        store.append(frame_of(sent, 1), sent).result(20)  # so old that its marker may go
        position = store.append(frame_of(sent, time.time_ns()), sent).result(20)
        assert store.read_trace(trace).num_rows
        assert store.errors_after(position - 1, 10).num_rows
        assert store.lease("a-replica", 10)
        incident = replace(an_incident(), key=f"{trace.hex()}-1", cause_fingerprint=trace.hex())
        store.commit_watch(WatchCommit(WatchState(position), (incident,)))
        assert store.incidents_of_cause(trace.hex()) == (incident,)
        run = replace(test_outcome_ledger.RUN, execution_id=trace.hex())
        store.commit_ledger(LedgerCommit(LedgerState(position), runs=(run,), parts=(part_of(trace),)))
        store.commit_ledger(LedgerCommit(LedgerState(position), forget_parts_before_minute=10))
        assert not store.parts_of([run.key])
        store.release_lease("a-replica")
        KeptText(client, NAMES, "test").write(b"{}")
        assert MarkerUpkeep(client, NAMES, RETENTION_S).turn()
    finally:
        store.close()


def export(connection: Connection, folder: Path) -> None:
    """What an exporter does in its life: records, a dead letter sent again, incidents."""
    store = SegmentStore(folder, decode, upkeep_interval_s=None)
    try:
        exporting = _exporting(connection, store, folder)
        exporting.record(records(secrets.token_bytes(16)))
        store.commit_watch(WatchCommit(WatchState(0), (an_incident(),)))
        exporting.turn(3)
        _send_again(connection, exporting)
        assert not any(target._waiting.bytes for target in exporting.exporter.targets), exporting.exporter.describe()
    finally:
        store.close()


def _send_again(connection: Connection, exporting: Exporting) -> None:
    """As after a crash: what may be there is looked for. Raises TryAgain."""
    sent_before = exporting.store.acknowledged_end()
    log_id = log_id_of(exporting.folder)
    sender = RecordSender(Cluster(connection), EXPORTED, decode, log_id, 2**20, lambda: None, sent_before)
    try:
        sender.send(exporting.parcels())
    finally:
        sender.close()


def _exporting(connection: Connection, store: SegmentStore, folder: Path) -> Exporting:
    given = dict(ElasticsearchExportSettings(enabled=True, batch_age="0s"))
    spool = Spool(store, folder, lambda: True, decode)
    context = ExporterContext(store, EngineMetrics(), lambda key: f"http://engine/{key}", lambda _: True, spool)
    exporter = build_exporter(connection, EXPORTED, given, context, spool)
    return Exporting(folder, store, exporter, connection.hosts[0], EXPORTED)


def read(client: Elasticsearch) -> None:
    """What investigate does."""
    reader = make_foreign_reader(Settings(), client, with_own=True)
    reader.require_privileges()
    streams = reader.streams(0, time.time_ns())
    assert sum(1 for _ in reader.requests(streams, 10))


def view(client: Elasticsearch) -> None:
    """What Kibana does for a data view and a panel: it asks as its user."""
    for name in (NAMES.stream("traces"), NAMES.incidents):
        assert client.indices.resolve_index(name=name)["indices" if name == NAMES.incidents else "data_streams"]
        client.search(index=name, size=0, aggs={"marks": {"value_count": {"field": "_index"}}})


WITH_A_CLIENT: dict[str, Callable[[Elasticsearch], None]] = {
    "setup": set_up,
    "store": keep,
    "reader": read,
    "viewer": view,
}
NOT_PROVEN = {("viewer", "view_index_metadata")}
"""Kibana's documentation asks for it; the server alone does not refuse what we know of Kibana's calls without it."""
NEEDED = [
    pytest.param(name, grant, privilege, id=f"{name}-{privilege}-{'cluster' if grant is None else grant}")
    for name in WITH_A_CLIENT
    for grant, privilege in privileges_of(role(name, NAMES))
    if (name, privilege) not in NOT_PROVEN
]
OF_THE_EXPORTER = privileges_of(role("exporter", EXPORTED))


@pytest.mark.parametrize("name", WITH_A_CLIENT)
def test_a_role_is_enough(secured: Secured, name: str) -> None:
    """All that its part does is done with a key of this role alone."""
    with secured.client(role("store", NAMES)) as client:
        keep(client)  # something to see
    with secured.client(role(name, NAMES)) as client:
        WITH_A_CLIENT[name](client)


@pytest.mark.parametrize(("name", "grant", "privilege"), NEEDED)
def test_no_privilege_can_be_left_out(secured: Secured, name: str, grant: int | None, privilege: str) -> None:
    """Without it something is refused, in words that name it, or stays empty; and it is told at the start."""
    whole = role(name, NAMES)
    with secured.client(without(whole, grant, privilege)) as client:
        with pytest.raises((*Refusal, *STAYS_EMPTY)) as failed:
            WITH_A_CLIENT[name](client)
        assert privilege in str(failed.value) or isinstance(failed.value, STAYS_EMPTY)
        (told,) = missing(client, whole)
    assert told.startswith(f"{privilege} on ")


def test_a_store_does_not_begin_with_less_than_its_role(secured: Secured) -> None:
    """It says what is missing, where, and which role has it."""
    lesser = without(role("store", NAMES), 0, "read")
    with (
        secured.client(lesser) as client,
        pytest.raises(SettingsError, match=r"lacks read on traces-generic.otel-default, .*roles store`"),
    ):
        require(client, "store", NAMES)


def test_an_engine_that_may_make_nothing_runs_once_all_is_there(secured: Secured) -> None:
    """Before, it says what is missing and which command makes it."""
    names = own_names()
    with secured.client(role("store", names)) as client:
        with pytest.raises(SettingsError, match="is missing; run `correlator elasticsearch setup`"):
            prepare(client, names, RETENTION_S, wait_s=0)
        apply(secured.admin, plan(secured.admin, names, RETENTION_S))
        prepare(client, names, RETENTION_S, wait_s=0)


def test_a_key_that_is_refused_ends_the_start_at_once(secured: Secured) -> None:
    """Waiting would not help; neither secret nor user is in the message."""
    wrong = Connection((secured.url,), read_credentials=lambda: Basic("elastic", "s3cret"))
    with connect(wrong) as client, pytest.raises(SettingsError, match="api_key_file") as refused:
        prepare(client, own_names(), RETENTION_S, wait_s=30)
    assert "s3cret" not in str(refused.value)


def test_a_server_without_security_asks_for_no_role(elasticsearch_url: str) -> None:
    """There is nothing to lack."""
    with connect(Connection((elasticsearch_url,))) as client:
        require(client, "store", NAMES)


def test_the_exporters_role_is_enough(secured: Secured, tmp_path: Path) -> None:
    """Records and incidents are there."""
    export(secured.connection(secured.key(role("exporter", EXPORTED))), tmp_path)


@pytest.mark.parametrize(("grant", "privilege"), OF_THE_EXPORTER)
def test_no_privilege_of_the_exporter_can_be_left_out(
    secured: Secured, tmp_path: Path, capfd: pytest.CaptureFixture[str], grant: int, privilege: str
) -> None:
    """What it says of itself names the privilege; its key is in none of it, nor in the log, nor on the disk."""
    key = secured.key(without(role("exporter", EXPORTED), grant, privilege))
    with pytest.raises(Exception, match=privilege) as refused:
        export(secured.connection(key), tmp_path)
    logged = capfd.readouterr()
    is_told_by_target = "target_not_reached" in logged.out + logged.err
    assert is_told_by_target or refused.type is TryAgain  # of what only a later run asks for
    assert key not in str(refused.value) + logged.out + logged.err
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and key.encode() in file.read_bytes()]


def test_the_conformance_suite_holds_with_the_stores_key(secured: Secured) -> None:
    """A test of each part of the contract, on a store that may do no more than its role."""
    names = own_names()
    apply(secured.admin, plan(secured.admin, names, RETENTION_S))
    with secured.client(role("store", names)) as client:
        store = ElasticsearchStore(client, names)
        try:
            test_catalog.test_a_new_store_has_concluded_nothing(store)
            test_outcome_ledger.test_what_is_forgotten_is_gone(store)
            test_writer.test_appended_records_come_back_as_they_were(store, leave)
            test_catalog.test_a_commit_comes_back_whole(store)
        finally:
            store.close()


def test_a_key_that_may_not_read_makes_no_all_clear(
    secured: Secured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exporter's sees none of what is there; what it may not read is named. What it may read, it is shown."""
    (tmp_path / "key").write_text(secured.key(role("exporter", NAMES)), encoding="utf-8")
    monkeypatch.setenv("CORRELATOR_ELASTICSEARCH__HOSTS", f'["{secured.url}"]')
    monkeypatch.setenv("CORRELATOR_ELASTICSEARCH__API_KEY_FILE", str(tmp_path / "key"))
    asked = ["investigate", "--elasticsearch"]
    refused = CliRunner().invoke(app, asked)
    assert (refused.exit_code, "lacks read on traces-*.otel-*, logs-*.otel-*" in refused.output) == (2, True)
    own = CliRunner().invoke(app, [*asked, "--index", NAMES.stream("logs")])
    assert (own.exit_code, "log records read" in own.output) == (ExitCode.DONE, True)


@pytest.mark.parametrize("key", [WRONG_KEY, f"{WRONG_KEY}\u20ac"], ids=["wrong", "no_header"])
@pytest.mark.parametrize("command", ["investigate --elasticsearch", "elasticsearch check"])
def test_a_key_that_is_refused_is_shown_nowhere(
    secured: Secured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, command: str
) -> None:
    """Where it is wrong, and where it does not even fit into a header."""
    (tmp_path / "key").write_text(key, encoding="utf-8")
    monkeypatch.setenv("CORRELATOR_ELASTICSEARCH__HOSTS", f'["{secured.url}"]')
    monkeypatch.setenv("CORRELATOR_ELASTICSEARCH__API_KEY_FILE", str(tmp_path / "key"))
    answer = CliRunner().invoke(app, command.split())
    assert answer.exit_code in (ExitCode.WRONG_USE, ExitCode.FOUND_PROBLEM)
    assert "api_key" in answer.output or "the key" in answer.output
    assert WRONG_KEY not in answer.output
