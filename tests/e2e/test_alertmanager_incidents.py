"""Incidents told to real Alertmanagers: the same alert over restarts of either side, and one call of a whole cluster."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from correlator.model.incident import Incident
from correlator.pipeline.exporter import ExporterContext
from correlator.settings.alertmanager import AlertmanagerSettings
from correlator.store.contract import WatchCommit, WatchState
from correlator.store.memory import MemoryStore
from correlator.telemetry.metrics import EngineMetrics
from exporters.alertmanager.exporter import make_exporter
from tests.e2e.alertmanager import (
    WHY_SKIPPED,
    Alertmanager,
    local,
    running_alertmanager,
    running_doubles,
    within,
)
from tests.e2e.peers import scripts
from tests.ports import free_port
from tests.unit.incidents.opened import opened

pytestmark = pytest.mark.skipif(scripts() is None, reason=WHY_SKIPPED)


@contextmanager
def exporting(store: MemoryStore, *urls: str) -> Iterator[None]:
    """An engine's exporter over what a store has, for the block. No objective covers anything."""
    given = AlertmanagerSettings(urls=urls, interval="5s")
    context = ExporterContext(store, EngineMetrics(), lambda key: f"http://e/{key}", lambda _: False)
    exporter, stop = make_exporter({**dict(given), "read_token": given.read_token}, context), Event()
    assert exporter is not None
    thread = Thread(target=exporter.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)


def keep(store: MemoryStore, incident: Incident) -> Incident:
    store.commit_watch(WatchCommit(WatchState(), incidents=(incident,)))
    return incident


def resolved(incident: Incident) -> Incident:
    return replace(incident, state="resolved", resolved_at_unix_nano=time.time_ns())


def fingerprints(running: Alertmanager) -> set[str]:
    return {each["fingerprint"] for each in running.alerts("Incident")}


def test_an_incident_is_one_alert_over_restarts_of_either_side(tmp_path: Path) -> None:
    """A restarted engine tells of the same alert; a restarted Alertmanager is told of it again; it resolves there."""
    store, port = MemoryStore(), free_port()
    incident = keep(store, opened("E", at_s=time.time() - 60))
    with running_doubles() as doubles:
        document = local(tmp_path, doubles)
        with running_alertmanager(tmp_path, document, port) as running:
            with exporting(store, running.url):
                before = within(30, lambda: fingerprints(running) or None)
            with exporting(store, running.url):
                time.sleep(1)
                assert fingerprints(running) == before
                (alert,) = running.alerts("Incident")
                assert alert["annotations"]["cause"] == "worker failed first: E in a."
        (tmp_path / "again").mkdir()
        with (
            running_alertmanager(tmp_path / "again", local(tmp_path / "again", doubles), port) as running,
            exporting(store, running.url),
        ):
            assert within(30, lambda: fingerprints(running) or None) == before
            keep(store, resolved(incident))
            within(30, lambda: running.alerts("Incident") == [] or None)
            over = within(30, lambda: [each for each in titles(doubles.of("/slack")) if "RESOLVED" in each] or None)
    assert over == ["[RESOLVED] worker E: Error"]


def titles(posts: list[dict[str, Any]]) -> list[str]:
    return [each["attachments"][0]["title"] for each in posts]


@pytest.mark.slow
def test_a_cluster_that_gets_all_calls_once(tmp_path: Path) -> None:
    """Two members, both told of everything: PagerDuty hears once of the beginning and once of the end; Slack hears nothing, since
    the call inhibits the warning."""
    store, ports = MemoryStore(), [free_port(), free_port()]
    incident = keep(store, opened("E", at_s=time.time() - 60, severity="critical"))
    common = ("--cluster.peer-timeout=3s", "--cluster.settle-timeout=3s", "--cluster.gossip-interval=50ms")
    first = (f"--cluster.listen-address=127.0.0.1:{ports[0]}", *common)
    second = (f"--cluster.listen-address=127.0.0.1:{ports[1]}", f"--cluster.peer=127.0.0.1:{ports[0]}", *common)
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    with running_doubles() as doubles:
        documents = [local(folder, doubles) for folder in folders]
        for route in (each for document in documents for each in [document["route"], *document["route"]["routes"]]):
            route["group_interval"] = "6s"  # over the peer timeout, as Alertmanager asks: 5 minutes over 15 s
        with (
            running_alertmanager(folders[0], documents[0], cluster=first) as one,
            running_alertmanager(folders[1], documents[1], cluster=second) as other,
            exporting(store, one.url, other.url),
        ):
            within(30, lambda: doubles.of("/pagerduty") or None)
            assert within(30, lambda: fingerprints(one) or None) == within(30, lambda: fingerprints(other) or None)
            time.sleep(5)  # the second member waits for 3 s, and then has heard from the first
            keep(store, resolved(incident))
            within(30, lambda: len(doubles.of("/pagerduty")) > 1 or None)
            time.sleep(5)
    assert [each["event_action"] for each in doubles.of("/pagerduty")] == ["trigger", "resolve"]
    assert titles(doubles.of("/slack")) == []
