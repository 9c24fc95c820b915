"""The store in Elasticsearch before there is one."""

import json
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from correlator.elasticsearch import Connection, Names, connect
from correlator.errors import SettingsError, Unavailable
from correlator.settings import load_settings
from correlator.telemetry.metrics import EngineMetrics
from correlator.wiring.elasticsearch_store import PAUSE_S, open_elasticsearch_store, prepare
from tests.unit.cli.answering import Answer, Request, answering

NOBODY = "http://127.0.0.1:9"  # discard, RFC 863: where nobody listens


def test_a_cluster_that_is_awaited_is_named_once(tmp_path: Path) -> None:
    """A minute of equal lines would hide what else the log says."""
    place = {"store": {"kind": "elasticsearch"}, "elasticsearch": {"hosts": [NOBODY]}, "data_dir": tmp_path}
    with capture_logs() as logs, pytest.raises(Unavailable, match="does not answer"):
        open_elasticsearch_store(load_settings(flags=place), EngineMetrics(), str, wait_s=1.5 * PAUSE_S)
    (awaited,) = [each for each in logs if each["event"] == "elasticsearch_awaited"]
    assert awaited["hosts"] == [NOBODY]


def test_nodes_that_take_turns_are_each_told_once(tmp_path: Path) -> None:
    """Each is a reason of its own."""
    nodes = [NOBODY, "http://127.0.0.1:7"]
    place = {"store": {"kind": "elasticsearch"}, "elasticsearch": {"hosts": nodes}, "data_dir": tmp_path}
    with capture_logs() as logs, pytest.raises(Unavailable):
        open_elasticsearch_store(load_settings(flags=place), EngineMetrics(), str, wait_s=4.5 * PAUSE_S)
    told = [each["reason"] for each in logs if each["event"] == "elasticsearch_awaited"]
    assert len(told) == len(set(told)) == 2


def test_a_key_that_may_not_even_look_is_told_all_that_it_lacks() -> None:
    """A setting to mend, and not a cluster to wait for."""
    names = Names()

    def refused(request: Request) -> Answer:
        if request.path != "/_security/user/_has_privileges":
            return 403, {"error": {"type": "security_exception", "reason": "action is unauthorized"}}
        asked = json.loads(request.content)
        index = {name: dict.fromkeys(each["privileges"], False) for each in asked["index"] for name in each["names"]}
        return 200, {"cluster": {}, "index": index}

    with (
        answering(refused, {"x-elastic-product": "Elasticsearch"}) as server,
        connect(Connection(hosts=(server.url,))) as client,
        pytest.raises(SettingsError, match=f"lacks .*read on {names.stream('traces')}.* roles store` prints"),
    ):
        prepare(client, names, 3600, wait_s=0)
