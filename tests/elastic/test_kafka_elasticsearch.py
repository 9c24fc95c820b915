"""Engines that read a real Kafka into one real Elasticsearch: one is killed between record and commit, another goes on."""

import json
import signal
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from elasticsearch import Elasticsearch
from elasticsearch.helpers import scan

from correlator.elasticsearch import Connection, Names, connect
from tests.e2e.engine_process import EngineProcess, start_engine
from tests.elastic.kafka_lab import Topic, log_records, metric, new_topic
from tests.elastic.prepared import forget, own_names
from tests.elastic.waiting import await_that

MESSAGES = 6_000
BATCH = "2KiB"  # some fifty messages: many requests, so that one is always between record and commit


@pytest.mark.slow
def test_what_a_killed_engine_had_recorded_is_there_once(
    elasticsearch_url: str, kafka_address: str, tmp_path: Path
) -> None:
    """It is held by SIGSTOP until requests are in the store of which Kafka was not told, then killed for good."""
    topic, names = new_topic(kafka_address), own_names()
    with connect(Connection(hosts=(elasticsearch_url,))) as client, ExitStack() as ended:
        ended.callback(forget, client, names)
        config = _config(tmp_path, elasticsearch_url, names, topic)
        first = _started(tmp_path / "first", config, ended)
        topic.produce(log_records(MESSAGES))
        ahead = _held_between_record_and_commit(first, client, names, topic)
        first.stop(signal.SIGKILL)
        second = _started(tmp_path / "second", config, ended)
        topic.await_read()
        second.stop()
        bodies = _bodies(client, names)
    assert ahead > 0
    assert bodies == Counter(str(number) for number in range(MESSAGES))


def _held_between_record_and_commit(engine: EngineProcess, client: Elasticsearch, names: Names, topic: Topic) -> int:
    """Messages that are in the store and not committed; the engine stands still."""
    await_that(lambda: metric(engine, "correlator_kafka_messages_total") > 0, "a message")
    while True:
        engine.process.send_signal(signal.SIGSTOP)
        time.sleep(0.2)  # what it had sent has arrived
        ahead = len(_bodies(client, names)) - (MESSAGES - topic.lag())
        if ahead > 0:
            return ahead
        assert topic.lag() > 0, "all is committed before it was caught"
        engine.process.send_signal(signal.SIGCONT)
        time.sleep(0.05)


def _bodies(client: Elasticsearch, names: Names) -> Counter[str]:
    """How often each message is there."""
    stream = names.stream("logs")
    client.indices.refresh(index=stream)
    hits: Iterable[Any] = scan(client, index=stream, source=["body"], size=5_000)
    return Counter(json.loads(hit.source)["body"]["text"] for hit in hits)


def _config(folder: Path, url: str, names: Names, topic: Topic) -> Path:
    given = {
        "store": {"kind": "elasticsearch"},
        "elasticsearch": {"hosts": [url], "prefix": names.prefix, "dataset": names.dataset},
        "record": {"decode_processes": 0},
        "kafka": topic.settings(
            traces_topics=[], logs_topics=[topic.name], batch=BATCH, group_protocol="classic", session_timeout="6s"
        ),
    }
    config = folder / "correlator.yaml"
    config.write_text(yaml.safe_dump(given), encoding="utf-8")
    return config


def _started(folder: Path, config: Path, ended: ExitStack) -> EngineProcess:
    engine = start_engine(folder, "--config", str(config))

    def end() -> None:
        if engine.process.poll() is None:
            engine.stop(signal.SIGKILL)
        if engine.process.stdout is not None:
            engine.process.stdout.close()

    ended.callback(end)
    return engine
