"""The exporter on a real Elasticsearch: everything is there once, whatever happens between."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from correlator.elasticsearch import Names
from correlator.elasticsearch.setup import apply, plan
from correlator.model.incident import Incident
from correlator.store.contract import WatchCommit, WatchState
from exporters.delivery import Delivered
from exporters.elasticsearch.bulk_writer import DOCUMENT_KIND
from tests.conformance.records import log, metric, span, tables, trace_id
from tests.elastic.exporting import Exporting, exporting, values_in
from tests.elastic.prepared import RETENTION_S, forget, own_names, prepared
from tests.unit.serve.api import an_error_group, an_incident

TRACE = trace_id(1)
Started = Callable[..., Exporting]


@pytest.fixture(scope="module")
def client(elasticsearch_url: str) -> Iterator[Elasticsearch]:
    with Elasticsearch(elasticsearch_url, request_timeout=60) as client:
        yield client


@pytest.fixture
def names(client: Elasticsearch) -> Iterator[Names]:
    with prepared(client) as names:
        yield names


@pytest.fixture
def started(elasticsearch_url: str, names: Names, tmp_path: Path) -> Iterator[Started]:
    """Starts an engine's store and exporter on the test's folder; another start needs that the one before has ended."""
    with ExitStack() as opened:
        yield lambda **given: opened.enter_context(exporting(tmp_path / "data", elasticsearch_url, names, **given))


def spans(*numbers: int, **given: object) -> object:
    return tables([span(TRACE, number, **given) for number in numbers])


def hexes(*numbers: int) -> set[str]:
    return {span(TRACE, number)["span_id"].hex() for number in numbers}


def block(client: Elasticsearch, stream: str, is_on: bool) -> None:
    """As the server does where its disk is full."""
    client.indices.put_settings(index=stream, settings={"index.blocks.read_only_allow_delete": is_on or None})


def test_records_of_all_signals_arrive_once(started: Started, client: Elasticsearch, names: Names) -> None:
    """And events of spans among the logs."""
    engine = started()
    event = '[{"time_unix_nano":1760000000000000000,"name":"exception","attributes":{}}]'
    engine.record(tables([span(TRACE, 1), span(TRACE, 2, events=event)]))
    engine.record(tables((), [log(1, TRACE)]))
    engine.record(tables((), (), [metric(1), metric(2)]))
    engine.settled()
    assert values_in(client, names.stream("traces")) == dict.fromkeys(hexes(1, 2), 1)
    client.indices.refresh(index=[names.stream("logs"), names.stream("metrics")])
    assert client.count(index=names.stream("logs"))["count"] == 2
    assert client.count(index=names.stream("metrics"))["count"] == 2


def test_what_is_sent_again_after_a_crash_is_there_once_though_the_stream_rolled_over(
    started: Started, client: Elasticsearch, names: Names
) -> None:
    """A new index of the stream knows none of the ids: they are looked up in all of them."""
    engine = started()
    for number in range(6):
        engine.record(spans(2 * number, 2 * number + 1))
    engine.settled()
    client.indices.rollover(alias=names.stream("traces"))
    parcels = engine.parcels()
    later = engine.sender_of_a_later_run()
    assert [later.send(parcels[:3]), later.send(parcels[3:])] == [Delivered(), Delivered()]
    later.close()
    assert values_in(client, names.stream("traces")) == dict.fromkeys(hexes(*range(12)), 1)


def test_a_crash_in_the_middle_leaves_nothing_out(started: Started, client: Elasticsearch, names: Names) -> None:
    """What was sent of it before is found, the rest created, and later requests are created without a look."""
    engine = started()
    engine.record(spans(0, 1))
    engine.settled()
    engine.record(spans(2, 3))
    engine.record(spans(4, 5))
    client.indices.rollover(alias=names.stream("traces"))
    later = engine.sender_of_a_later_run()
    for parcel in engine.parcels():
        later.send([parcel])
    later.close()
    assert values_in(client, names.stream("traces")) == dict.fromkeys(hexes(*range(6)), 1)


def test_a_bad_document_is_a_dead_letter_and_its_neighbours_are_indexed(
    started: Started, client: Elasticsearch, names: Names
) -> None:
    """It goes out once the mapping is mended and somebody asks; its reason quotes no value of it."""
    strict = {"properties": {"attributes": {"properties": {"code": {"type": "long", "ignore_malformed": False}}}}}
    stream = names.stream("traces")
    client.indices.put_mapping(index=stream, body=strict)
    engine = started()
    engine.record(tables([span(TRACE, 1), span(TRACE, 2, attributes='{"code":"card 4111"}'), span(TRACE, 3)]))
    engine.settled()
    assert set(values_in(client, stream)) == hexes(1, 3)
    (letter,) = engine.letters.all()
    assert (letter.target, letter.kind) == ("elasticsearch/records", DOCUMENT_KIND)
    assert letter.reason == "answers 400 document_parsing_exception: field [attributes.code], type [long]"
    engine.letters.ask_again(None, None)
    engine.exporter.targets[0]._next_look_s = -1e9
    engine.turn()
    assert engine.letters.count("elasticsearch/records") == 1
    mended = {"properties": {"attributes": {"properties": {"code": {"type": "long", "ignore_malformed": True}}}}}
    client.indices.put_mapping(index=stream, body=mended)
    engine.letters.ask_again(None, None)
    engine.exporter.targets[0]._next_look_s = -1e9
    engine.turn()
    assert engine.letters.count("elasticsearch/records") == 0
    assert values_in(client, stream) == dict.fromkeys(hexes(1, 2, 3), 1)


def test_what_cannot_be_taken_now_is_sent_again_alone(started: Started, client: Elasticsearch, names: Names) -> None:
    """The logs are blocked as on a full disk: spans of the same request are not sent twice, though their stream rolls over."""
    engine = started()
    block(client, names.stream("logs"), True)
    event = '[{"time_unix_nano":1760000000000000000,"name":"exception","attributes":{}}]'
    engine.record(tables([span(TRACE, 1, events=event), span(TRACE, 2)]))
    engine.turn(2)
    assert "answers 429 cluster_block_exception" in engine.exporter.describe()
    assert set(values_in(client, names.stream("traces"))) == hexes(1, 2)
    client.indices.rollover(alias=names.stream("traces"))
    block(client, names.stream("logs"), False)
    engine.settled()
    assert values_in(client, names.stream("traces")) == dict.fromkeys(hexes(1, 2), 1)
    assert sum(values_in(client, names.stream("logs")).values()) == 1


def test_nothing_is_written_before_setup(elasticsearch_url: str, client: Elasticsearch, tmp_path: Path) -> None:
    """It waits, and says for what; once that is done it goes out."""
    names = own_names()
    try:
        with exporting(tmp_path / "data", elasticsearch_url, names) as engine:
            engine.record(spans(1))
            engine.turn(2)
            stream = names.stream("traces")
            assert (
                f"data stream {stream!r} is missing; run `correlator elasticsearch setup`" in engine.exporter.describe()
            )
            assert not client.indices.exists(index=stream)
            apply(client, plan(client, names, RETENTION_S))
            time.sleep(1.3)  # the breaker's first pause
            engine.settled()
            assert set(values_in(client, stream)) == hexes(1)
    finally:
        forget(client, names)


def test_nothing_is_written_into_what_another_made(
    elasticsearch_url: str, client: Elasticsearch, tmp_path: Path
) -> None:
    """As a data stream of an agent with our name."""
    names = own_names()
    stream = names.stream("traces")
    client.indices.put_index_template(name=stream, index_patterns=[stream], data_stream={}, priority=600)
    client.indices.create_data_stream(name=stream)
    try:
        with exporting(tmp_path / "data", elasticsearch_url, names, signals=("traces",)) as engine:
            engine.record(spans(1))
            engine.turn(2)
            assert f"{stream!r} is not of our making; set elasticsearch.dataset" in engine.exporter.describe()
            assert client.count(index=stream)["count"] == 0
    finally:
        client.indices.delete_data_stream(name=stream)
        client.indices.delete_index_template(name=stream)


def test_incidents_are_kept_as_they_are_now(started: Started, client: Elasticsearch, names: Names) -> None:
    """Grown and resolved while nobody listened, over a restart of the exporter; each with its finding."""
    engine = started()
    opened = an_incident()
    conclude(engine, opened)
    engine.settled()
    assert incident(client, names, opened)["correlator"]["incident"]["state"] == "open"
    block(client, names.incidents, True)
    for failures in (2, 3, 4):
        conclude(engine, replace(opened, failures=failures))
        engine.turn()
    block(client, names.incidents, False)
    resolved = replace(opened, failures=5, state="resolved", resolved_at_unix_nano=opened.last_seen_unix_nano + 7)
    conclude(engine, resolved)
    time.sleep(1.3)  # the breaker's first pause
    engine.settled()
    found = incident(client, names, opened)
    assert (found["correlator"]["incident"]["state"], found["correlator"]["incident"]["failures"]) == ("resolved", 5)
    assert (found["event"]["duration"], found["event"]["url"]) == (7, f"http://engine/{opened.key}")
    client.indices.refresh(index=names.findings)
    (finding,) = client.search(index=names.findings, query={"term": {"correlator.incident.key": opened.key}})["hits"][
        "hits"
    ]
    assert finding["_source"]["correlator"]["cause"]["component"] == "invoice-worker"


def test_errors_that_are_the_same_are_counted_in_one_document(
    started: Started, client: Elasticsearch, names: Names
) -> None:
    """As they are now."""
    engine = started()
    group = an_error_group()
    for count in (1, 7):
        engine.store.commit_watch(WatchCommit(WatchState(), (), (replace(group, count=count),)))
        engine.settled()
    found = client.get(index=names.error_groups, id=group.fingerprint)["_source"]
    assert (found["correlator"]["error_group"]["count"], found["error"]["type"]) == (7, "ValueError")


def conclude(engine: Exporting, incident: Incident) -> None:
    """As the watch does."""
    engine.store.commit_watch(WatchCommit(WatchState(), (incident,)))


def incident(client: Elasticsearch, names: Names, wanted: Incident) -> dict[str, object]:
    return client.get(index=names.incidents, id=wanted.key)["_source"]
