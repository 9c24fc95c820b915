"""`correlator doctor` on a real Elasticsearch and a real Kafka: what it sees, and that it writes nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient
from elasticsearch import Elasticsearch
from typer.testing import CliRunner

from correlator.cli.app import app
from correlator.elasticsearch import Names
from correlator.elasticsearch.roles import role
from tests.e2e.jvm_peers import WHY_NO_ELASTICSEARCH
from tests.e2e.peers import scripts
from tests.elastic.kafka_lab import new_topic, traces
from tests.elastic.prepared import own_names, prepared
from tests.elastic.secured import secured_elasticsearch

Check = dict[str, str]
Report = dict[str, Check]


def report(folder: Path, **sections: Any) -> Report:
    """Its checks by name, as JSON has them."""
    config = folder / "correlator.yaml"
    free = dict.fromkeys(("otlp_http", "otlp_grpc", "api"), "127.0.0.1:0")
    config.write_text(json.dumps(sections | {"listen": free}))  # JSON is YAML
    answer = CliRunner().invoke(app, ["doctor", "--json", "--config", str(config), "--data-dir", str(folder / "data")])
    return {check["name"]: check for check in json.loads(answer.stdout)["checks"]}


def section(url: str, names: Names) -> dict[str, Any]:
    return {"hosts": [url], "prefix": names.prefix, "dataset": names.dataset, "export": {"enabled": True}}


def test_a_cluster_is_seen_before_and_after_setup_and_when_its_disk_is_full(
    elasticsearch_url: str, client: Elasticsearch, tmp_path: Path
) -> None:
    """And doctor makes nothing of it."""
    names = own_names()
    before = report(tmp_path, elasticsearch=section(elasticsearch_url, names))
    assert before["elasticsearch setup"]["verdict"] == "fail"
    assert not client.indices.exists(index=f"*{names.prefix}*", allow_no_indices=False)
    with prepared(client) as ours:
        given = section(elasticsearch_url, ours)
        ready = report(tmp_path, elasticsearch=given)
        assert [ready[f"elasticsearch {name}"]["verdict"] for name in ("setup", "disk")] == ["ok", "ok"]
        client.indices.put_settings(index=ours.stream("logs"), settings={"index.blocks.read_only_allow_delete": True})
        full = report(tmp_path, elasticsearch=given)
        client.indices.put_settings(index=ours.stream("logs"), settings={"index.blocks.read_only_allow_delete": None})
    assert full["elasticsearch disk"]["verdict"] == "fail"
    assert ours.stream("logs") in full["elasticsearch disk"]["seen"]


def test_topics_are_seen_with_the_groups_lag_and_none_is_made(kafka_address: str, tmp_path: Path) -> None:
    """Brokers make a topic that is asked for by name: this one's would be there after."""
    wide, narrow = new_topic(kafka_address), new_topic(kafka_address, partitions=1)
    missing = f"{wide.name}-none"
    given = wide.settings(logs_topics=[narrow.name], metrics_topics=[missing], dead_letter_topic=f"{missing}-dead")
    new = report(tmp_path, kafka=given)
    wide.produce(traces(20))
    consumer = Consumer({"bootstrap.servers": kafka_address, "group.id": wide.group})
    try:
        consumer.commit(offsets=[TopicPartition(wide.name, number, 0) for number in range(4)], asynchronous=False)
    finally:
        consumer.close()
    behind = report(tmp_path, kafka=given)
    assert new["kafka group"]["seen"] == f"{wide.group} has committed nothing yet"
    assert behind["kafka group"]["seen"].endswith("and is 20 messages behind")
    assert behind[f"kafka topic {wide.name}"]["seen"] == "traces, 4 partitions"
    for name in (narrow.name, missing, f"{missing}-dead"):
        assert behind[f"kafka topic {name}"]["verdict"] == "warn"
    there = AdminClient({"bootstrap.servers": kafka_address}).list_topics(timeout=30).topics
    assert wide.name in there and not [name for name in there if name.startswith(missing)]


@pytest.mark.skipif(scripts() is None, reason=WHY_NO_ELASTICSEARCH)
def test_keys_of_the_roles_that_we_ship_pass_and_another_is_told_what_it_lacks(tmp_path: Path) -> None:
    """Though they may not see version, health and templates. A key that is not known is told from one that may not."""
    with secured_elasticsearch() as server, prepared(server.admin) as names:

        def checked(key: str, **more: Any) -> Report:
            given = section(server.url, names) | {"api_key": key}
            return report(tmp_path, elasticsearch=given | more.pop("elasticsearch", {}), **more)

        exporter = checked(server.key(role("exporter", names)))
        of_store = {"store": {"kind": "elasticsearch"}, "elasticsearch": {"export": {"enabled": False}}}
        store = checked(server.key(role("store", names)), **of_store)
        lacking = checked(server.key(role("reader", names)))["elasticsearch privileges"]
        unknown = checked("d3Jvbmc6a2V5")["elasticsearch"]
    for checks in (exporter, store):
        told = {name: check["verdict"] for name, check in checks.items() if name.startswith("elasticsearch")}
        assert told == dict.fromkeys(
            ("elasticsearch", "elasticsearch privileges", "elasticsearch setup", "elasticsearch disk"), "ok"
        )
    assert f"for exporter it lacks create_doc on {names.stream('traces')}" in lacking["seen"]
    assert unknown["verdict"] == "fail" and "answers 401" in unknown["seen"]
