"""Incidents told to Alertmanagers: doubles that take, refuse, or are not there."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from correlator.errors import SettingsError
from correlator.model.incident import ErrorGroup
from correlator.pipeline.exporter import ExporterContext
from correlator.settings.alertmanager import AlertmanagerSettings
from correlator.store.contract import WatchCommit, WatchState
from correlator.store.memory import MemoryStore
from correlator.telemetry.metrics import EngineMetrics
from exporters.alertmanager.exporter import AlertmanagerExporter, make_exporter
from exporters.alertmanager.identity import Identities
from tests.e2e.peers import free_port
from tests.unit.incidents.opened import opened
from tests.unit.incidents.told import S


@dataclass
class Double:
    """An Alertmanager that keeps what it is told, and answers `status` after `delay_s`, then with a body that ends after
    `body_s`, if ever; or says to go elsewhere."""

    url: str = ""
    port: int = 0
    status: int = 200
    delay_s: float = 0.0
    body_s: float = 0.0
    location: str = ""
    retry_after: str = ""
    told: list[dict[str, Any]] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)

    def states(self) -> list[tuple[str, str]]:
        return [(each["labels"]["incident"], each["labels"]["severity"]) for each in self.told]


@contextmanager
def doubled(double: Double) -> Iterator[Double]:
    """The double, listening for the block."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            time.sleep(double.delay_s)
            double.tokens.append(self.headers["authorization"])
            if double.status == 200 and self.path == "/api/v2/alerts":
                double.told += body
            self.send_response(double.status)
            if double.location:
                self.send_header("location", double.location)
            if double.retry_after:
                self.send_header("retry-after", double.retry_after)
            if not double.body_s:
                self.send_header("content-length", "0")
            self.end_headers()
            until = time.monotonic() + double.body_s
            with suppress(OSError):  # nobody listens any more
                while time.monotonic() < until:
                    self.wfile.write(b" " * 1_000)
                    time.sleep(0.01)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", double.port), Door) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        double.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield double
        finally:
            server.shutdown()
            thread.join()


class Engine:
    """A store with incidents, and an exporter over it."""

    def __init__(self, *urls: str, token_file: Path | None = None, is_promised: bool = True) -> None:
        self.store, self.metrics = MemoryStore(), EngineMetrics()
        given = AlertmanagerSettings(urls=urls, token_file=token_file)
        options = {**dict(given), "read_token": given.read_token}
        context = ExporterContext(self.store, self.metrics, lambda key: f"http://e/{key}", lambda _: is_promised)
        exporter = make_exporter(options, context)
        assert exporter is not None
        self.exporter: AlertmanagerExporter = exporter

    def keep(self, *incidents: Any, groups: tuple[ErrorGroup, ...] = ()) -> None:
        self.store.commit_watch(WatchCommit(WatchState(), incidents=incidents, error_groups=groups))

    def turn(self) -> list[bool]:
        self.exporter.read()
        return [each.attempt() for each in self.exporter.targets]

    def sent(self, url: str, outcome: str) -> float:
        labels = {"target": url.removeprefix("http://"), "outcome": outcome}
        value = self.metrics.registry.get_sample_value("correlator_alerts_sent_total", labels)
        assert value is not None
        return value


def within(seconds: float, is_so: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until and not is_so():
        time.sleep(0.02)
    return is_so()


def test_all_members_of_a_cluster_get_all() -> None:
    """Those that are open, those that resolved, and counted as sent."""
    with doubled(Double()) as first, doubled(Double()) as second:
        engine = Engine(first.url, second.url)
        resolved = time.time_ns() - 60 * S
        over = opened("F", at_s=resolved / S - 900, state="resolved", resolved_at_unix_nano=resolved)
        engine.keep(opened("E"), over)
        assert engine.turn() == [True, True]
        assert engine.turn() == [True, True]
        assert first.states() == second.states() == [("E-1", "warning"), ("F-1", "warning")]
        assert engine.sent(first.url, "sent") == 2
        assert engine.exporter.describe() == "0 of 2 Alertmanagers could not be told"


def test_a_dead_one_keeps_nobody_waiting_and_is_told_once_it_is_back() -> None:
    """Counted and described meanwhile; the engine's stop waits for no more than a request."""
    port, stop = free_port(), threading.Event()
    dead = f"http://127.0.0.1:{port}"
    with doubled(Double()) as alive:
        engine = Engine(dead, alive.url)
        engine.keep(opened("E"))
        thread = threading.Thread(target=engine.exporter.run, args=(stop,))
        thread.start()
        try:
            assert within(5, lambda: alive.states() == [("E-1", "warning")])
            assert within(5, lambda: engine.sent(dead, "failed") >= 1)
            assert "1 of 2 Alertmanagers could not be told; " in engine.exporter.describe()
            assert "does not answer (ConnectError)" in engine.exporter.describe()
            with doubled(Double(port=port)) as back:
                assert within(10, lambda: back.states() == [("E-1", "warning")])
        finally:
            stop.set()
            thread.join(10)
        assert not thread.is_alive()


def test_a_resolved_incident_is_told_until_it_was_heard() -> None:
    """By one that refused at first."""
    with doubled(Double()) as double:
        engine = Engine(double.url)
        incident = opened("E", at_s=time.time() - 1_000)
        engine.keep(incident)
        engine.turn()
        double.status = 503
        engine.keep(replace(incident, state="resolved", resolved_at_unix_nano=time.time_ns() - S))
        assert engine.turn() == engine.turn() == [False]
        assert "answers 503" in engine.exporter.describe()
        double.status = 200
        assert engine.turn() == engine.turn() == [True]
    assert len(double.told) == 2
    assert double.told[1]["labels"] == double.told[0]["labels"]
    assert double.told[1]["endsAt"] < double.told[0]["endsAt"]


def test_labels_outlive_a_better_explanation_and_a_restart() -> None:
    """System and service are those of the errors that the key is of."""
    with doubled(Double()) as double:
        before = Engine(double.url)
        incident = opened("E")
        group = ErrorGroup("E", "worker", "worker", "E", "Error", "", 1, 0, 0)
        before.keep(incident, groups=(group,))
        before.turn()
        callee = replace(incident.root_cause.candidates[0], component="smtp", system="other")
        revised = replace(incident, root_cause=replace(incident.root_cause, candidates=(callee,)))
        before.keep(revised)
        before.turn()
        after = Engine(double.url)
        after.keep(revised, groups=(group,))
        after.turn()
    assert {tuple(each["labels"].items()) for each in double.told} == {tuple(double.told[0]["labels"].items())}
    assert double.told[0]["labels"]["service"] == "worker"


def test_a_cause_without_errors_of_its_own_keeps_its_labels_in_one_run() -> None:
    """A callee that reports nothing."""
    identities, incident = Identities(MemoryStore()), opened("E")
    first = identities.of(incident)
    callee = replace(incident.root_cause.candidates[0], component="smtp", system="other")
    revised = replace(incident, root_cause=replace(incident.root_cause, candidates=(callee,)))
    assert identities.of(revised) == first == {"system": "worker", "service": "worker"}
    identities.keep_only(set())
    assert identities.of(revised) == {"system": "other", "service": "smtp"}


def test_a_call_ends_once_an_objective_covers_the_incident() -> None:
    """The warning stays."""
    promised = [False]
    with doubled(Double()) as double:
        engine = Engine(double.url)
        engine.exporter._is_promised = lambda _: promised[0]  # the objectives changed
        engine.keep(opened("E", severity="critical"))
        engine.turn()
        promised[0] = True
        engine.turn()
    assert double.states() == [("E-1", "warning"), ("E-1", "critical"), ("E-1", "critical")]
    assert double.told[2]["endsAt"] < double.told[1]["endsAt"]


def test_the_token_is_read_anew_and_never_told(tmp_path: Path) -> None:
    """Where it is refused, or its file is gone, the failure names the setting."""
    file = tmp_path / "token"
    file.write_text("first", encoding="utf-8")
    with doubled(Double(status=401)) as double:
        engine = Engine(double.url, token_file=file)
        engine.keep(opened("E"))
        assert engine.turn() == [False]
        assert "alertmanager.token_file" in engine.exporter.describe()
        file.write_text("second", encoding="utf-8")
        engine.turn()
        file.unlink()
        engine.turn()
    assert double.tokens == ["Bearer first", "Bearer second"]
    assert "No such file" in engine.exporter.describe()
    assert "second" not in engine.exporter.describe()


def test_one_that_fails_is_left_alone_for_as_long_as_it_asks() -> None:
    """And the reason is logged each time that it changes, as a token that is refused once it is back."""
    with doubled(Double(status=503, retry_after="40")) as double, capture_logs() as logged:
        engine = Engine(double.url)
        engine.keep(opened("E"))
        (target,) = engine.exporter.targets
        assert engine.turn() == engine.turn() == [False]
        assert 30.0 < target._breaker.wait_s() <= 40.0
        double.status = 401
        assert engine.turn() == [False]
        double.status = 200
        assert engine.turn() == [True]
        assert target._breaker.wait_s() == 0.0
    assert [(each["event"], each["reason"].partition(" ")[2]) for each in logged] == [
        ("alerts_not_sent", "answers 503; look into its log"),
        ("alerts_not_sent", "answers 401; write its token into alertmanager.token_file"),
        ("alerts_sent_again", ""),
    ]


def test_one_that_asks_for_an_hour_is_told_before_its_alerts_end() -> None:
    """They last four intervals: what is left alone for longer is resolved there, though it goes on."""
    with doubled(Double(status=503, retry_after="3600")) as double, capture_logs():
        engine = Engine(double.url)
        engine.keep(opened("E"))
        (target,) = engine.exporter.targets
        assert engine.turn() == [False]
        assert 0.0 < target._breaker.wait_s() <= 60.0


def test_the_token_goes_nowhere_else(tmp_path: Path) -> None:
    """Whoever answers may name any address."""
    file = tmp_path / "token"
    file.write_text("secret", encoding="utf-8")
    with doubled(Double()) as thief, doubled(Double(status=307)) as double:
        double.location = f"{thief.url}/api/v2/alerts"
        engine = Engine(double.url, token_file=file)
        engine.keep(opened("E"))
        assert engine.turn() == [False]
        assert "answers 307" in engine.exporter.describe()
        assert thief.tokens == []


@pytest.mark.parametrize("status", [200, 500])
def test_an_answer_without_end_is_not_waited_for(status: int) -> None:
    """Nor kept: only its status is of interest."""
    with doubled(Double(status=status, body_s=5.0)) as double:
        engine = Engine(double.url)
        engine.keep(opened("E"))
        began = time.monotonic()
        assert engine.turn() == [status == 200]
        assert time.monotonic() - began < 4.0


def test_without_urls_there_is_no_exporter() -> None:
    """It is installed with the engine, and told nothing."""
    given = AlertmanagerSettings()
    context = ExporterContext(MemoryStore(), EngineMetrics(), str, lambda _: True)
    assert make_exporter({**dict(given), "read_token": given.read_token}, context) is None


def test_certificates_that_are_none_end_the_start(tmp_path: Path) -> None:
    """With the setting's name."""
    given = AlertmanagerSettings(urls=("https://am:9093",), ca_file=tmp_path / "none.pem")
    context = ExporterContext(MemoryStore(), EngineMetrics(), str, lambda _: True)
    with pytest.raises(SettingsError, match=r"alertmanager\.ca_file"):
        make_exporter({**dict(given), "read_token": given.read_token}, context)
