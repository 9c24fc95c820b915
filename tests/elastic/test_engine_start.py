"""An engine that is to run on Elasticsearch, and what it says where it cannot."""

from pathlib import Path
from typing import Any

import pytest

from correlator.elasticsearch import Connection, connect
from correlator.elasticsearch.setup import plan
from correlator.errors import SettingsError, StoreError, Unavailable
from correlator.settings import Settings
from correlator.telemetry.metrics import EngineMetrics
from correlator.wiring import build
from correlator.wiring.backtest import open_history
from correlator.wiring.elasticsearch_store import open_elasticsearch_store, prepare
from tests.elastic.prepared import RETENTION_S, forget, own_names
from tests.ports import free_port


def settings(folder: Path, url: str, **more: Any) -> Settings:
    cluster = {"hosts": [url], "timeout": "5s"}
    return Settings(
        data_dir=folder,
        store={"kind": "elasticsearch"},
        elasticsearch=cluster,
        record={"decode_processes": 0},
        **more,
    )


def test_a_cluster_that_is_not_there_is_awaited_and_then_named(tmp_path: Path) -> None:
    """Exit code 3 by its kind; nothing was opened."""
    nowhere = settings(tmp_path, f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Unavailable, match="does not answer"):
        open_elasticsearch_store(nowhere, EngineMetrics(), str, wait_s=0.0)
    assert not list(tmp_path.iterdir())


def test_what_needs_the_raw_log_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    """With what to do instead."""
    nowhere = f"http://127.0.0.1:{free_port()}"
    targets = {"targets": [{"name": "jaeger", "endpoint": "http://127.0.0.1:4318"}]}
    with pytest.raises(SettingsError, match=r"forward\.targets .*Collector"):
        build(settings(tmp_path, nowhere, forward=targets))
    with (
        pytest.raises(StoreError, match=r"store\.kind is elasticsearch"),
        open_history(settings(tmp_path, nowhere), None, None, lambda *progress: None),
    ):
        pass


def test_without_a_cluster_in_the_settings_nothing_starts(tmp_path: Path) -> None:
    """The setting is named."""
    with pytest.raises(SettingsError, match=r"elasticsearch\.hosts"):
        build(Settings(data_dir=tmp_path, store={"kind": "elasticsearch"}))


def test_the_first_engine_makes_what_is_missing(tmp_path: Path, elasticsearch_url: str) -> None:
    """And the second finds it."""
    names = own_names()
    with connect(Connection(hosts=(elasticsearch_url,))) as client:
        try:
            for _ in range(2):
                prepare(client, names, RETENTION_S, wait_s=30)
            assert not plan(client, names, RETENTION_S).due
        finally:
            forget(client, names)
