"""What doctor says of Kafka: of brokers that the client library itself plays."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from correlator.cli.checks import brokers
from correlator.cli.checks.check import Check, Verdict
from correlator.cli.checks.kafka import check_kafka
from correlator.settings.kafka import KafkaSettings
from tests.unit.doors.kafka.played_brokers import address, played_brokers, produce

PARTITIONS = 4  # of a topic that the library's brokers make


@pytest.fixture
def played() -> Iterator[Producer]:
    with played_brokers() as producer:
        yield producer


def checked(**given: Any) -> dict[str, Check]:
    """By name; each name comes once."""
    checks = list(check_kafka(KafkaSettings(**given)))
    found = {check.name: check for check in checks}
    assert len(found) == len(checks)
    return found


def test_no_brokers_no_check() -> None:
    """It is off by default."""
    assert checked() == {}


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra."""
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    check = checked(bootstrap_servers=["127.0.0.1:1"])["kafka"]
    assert (check.verdict, ".[kafka]" in check.remedy) == (Verdict.FAIL, True)


def test_topics_are_told_with_their_partitions_and_none_is_made(played: Producer) -> None:
    """A broker may make what it is asked for by name: nothing is."""
    place = address(played)
    produce(played, "otlp_spans", 0)
    found = checked(bootstrap_servers=[place], dead_letter_topic="otlp_refused")
    assert (found["kafka"].verdict, found["kafka"].seen) == (Verdict.OK, f"{place} answers, 1 broker")
    assert found["kafka topic otlp_spans"].seen == f"traces, {PARTITIONS} partitions"
    for missing in ("otlp_logs", "otlp_metrics", "otlp_refused"):
        assert found[f"kafka topic {missing}"].verdict is Verdict.WARN
    assert "kafka.logs_topics" in found["kafka topic otlp_logs"].remedy
    assert set(played.list_topics(timeout=10).topics) == {"otlp_spans"}


def test_no_topic_at_all_fails(played: Producer) -> None:
    """Nothing would be read."""
    found = checked(bootstrap_servers=[address(played)], logs_topics=[], metrics_topics=[])
    assert found["kafka topic otlp_spans"].verdict is Verdict.FAIL
    assert "kafka group" not in found


def test_the_lag_of_what_the_group_committed_is_told(played: Producer) -> None:
    """Over all partitions; the topic of offsets shows that there was a group."""
    place = address(played)
    produce(played, "otlp_spans", 0, 0, 0, 1, 1)
    produce(played, brokers.OFFSETS, 0)
    given = {"bootstrap_servers": [place], "logs_topics": [], "metrics_topics": []}
    assert checked(**given)["kafka group"].seen == "correlator has committed nothing yet"
    consumer = Consumer({"bootstrap.servers": place, "group.id": "correlator"})
    try:
        consumer.commit(offsets=[TopicPartition("otlp_spans", 0, 1)], asynchronous=False)
    finally:
        consumer.close()
    group = checked(**given)["kafka group"]
    assert group.verdict is Verdict.OK
    assert group.seen == f"correlator has committed in 1 of {PARTITIONS} partitions, and is 2 messages behind"


def test_brokers_that_cannot_be_reached_say_what_to_correct(
    played: Producer, nobody_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody there, a name that is not known (RFC 2606 keeps .invalid free), TLS where there is none."""
    monkeypatch.setattr(brokers, "ASK_S", 0.5)
    nobody = checked(bootstrap_servers=[nobody_url.removeprefix("http://")])["kafka"]
    assert (nobody.verdict, "refused" in nobody.seen) == (Verdict.FAIL, True)
    unknown = checked(bootstrap_servers=["no-such-host.invalid:9092"], security="ssl")["kafka"]
    assert "kafka.bootstrap_servers" in unknown.remedy
    no_tls = checked(bootstrap_servers=[address(played)], security="ssl")["kafka"]
    assert "kafka.security" in no_tls.remedy


def test_files_that_cannot_be_read_are_told_and_a_password_never(tmp_path: Path) -> None:
    """The password's by us, the authority's by the library."""
    login = {"bootstrap_servers": ["127.0.0.1:1"], "security": "sasl_ssl", "username": "correlator"}
    no_password = checked(**login, password_file=tmp_path / "none")["kafka"]
    assert (no_password.verdict, "kafka.password_file" in no_password.seen) == (Verdict.FAIL, True)
    (tmp_path / "password").write_text("very-secret")
    no_authority = checked(**login, password_file=tmp_path / "password", ca_file=tmp_path / "none")["kafka"]
    assert (no_authority.verdict, "ssl.ca.location" in no_authority.seen) == (Verdict.FAIL, True)
    assert "very-secret" not in f"{no_authority}"


def test_what_goes_over_a_network_in_the_open_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """192.0.2.0/24 is for documentation (RFC 5737)."""
    monkeypatch.setattr(brokers, "ASK_S", 0.1)
    first, _ = check_kafka(KafkaSettings(bootstrap_servers=("192.0.2.1:9092",)))
    assert (first.verdict, "kafka.security" in first.remedy) == (Verdict.WARN, True)
