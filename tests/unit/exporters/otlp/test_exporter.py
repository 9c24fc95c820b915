"""The exporter as the engine makes it: settings in, requests out of the store's own log."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from structlog.testing import capture_logs

from correlator.errors import SettingsError
from correlator.model.tables import Tables
from correlator.pipeline.exporter import ExporterContext, Spool
from correlator.settings.forward import ForwardSettings
from correlator.store.contract import Frame
from correlator.store.memory import MemoryStore
from correlator.store.segments import SegmentStore
from correlator.telemetry.metrics import EngineMetrics
from exporters.delivery import DeadLetters
from exporters.otlp.exporter import OtlpExporter, make_exporter
from tests.conformance.records import span, tables, trace_id
from tests.unit.exporters.otlp.backends import Backend, grpc_backend, http_backend, request, span_names
from tests.unit.store.segments.segment_stores import opened, wait_until


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SegmentStore]:
    store = opened(tmp_path)
    yield store
    store.close()


def made(
    store: SegmentStore, tmp_path: Path, *targets: dict[str, Any], metrics: EngineMetrics | None = None
) -> OtlpExporter | None:
    settings = dict(ForwardSettings(targets=targets))  # type: ignore[arg-type]
    spool = Spool(store, tmp_path, lambda: True, lambda frame: Tables())
    return make_exporter(settings, ExporterContext(store, metrics or EngineMetrics(), str, lambda _: True, spool))


def record(store: SegmentStore, number: int, signal: str = "traces") -> None:
    """A request with one span, called by its number. What the tests' decoder makes of it is none of this test's."""
    frame = Frame(signal, "protobuf", time.time_ns(), request(str(number)))
    store.append(frame, tables([span(trace_id(number), number)])).result(10)


def running(exporter: OtlpExporter | None) -> tuple[Event, Thread]:
    assert exporter is not None
    stop = Event()
    thread = Thread(target=exporter.run, args=(stop,))
    thread.start()
    return stop, thread


def ended(stop: Event, thread: Thread) -> None:
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def names(backend: Backend) -> list[str]:
    return [name for call in list(backend.calls) for name in span_names(call.body)]


def test_each_target_gets_its_signals_over_its_protocol(store: SegmentStore, tmp_path: Path) -> None:
    """Side by side, from its start on; one that is not there keeps nobody waiting."""
    record(store, 0)
    with http_backend() as over_http, grpc_backend() as over_grpc:
        exporter = made(
            store,
            tmp_path,
            {"name": "gone", "endpoint": "http://127.0.0.1:1"},
            {"name": "a", "endpoint": over_http.url, "signals": ["traces"]},
            {"name": "b", "endpoint": over_grpc.url, "protocol": "grpc", "signals": ["logs"]},
        )
        stop, thread = running(exporter)
        for number in range(1, 4):
            record(store, number)
        record(store, 4, "logs")
        assert wait_until(lambda: names(over_http) == ["1", "2", "3"] and len(over_grpc.calls) == 1)
        assert "LogsService" in over_grpc.calls[0].path
        assert wait_until(lambda: "gone does not answer" in exporter.describe())  # type: ignore[union-attr]
        ended(stop, thread)
    assert store.holds()["otlp/gone"] < store.holds()["otlp/a"] == store.acknowledged_end()


def test_it_goes_on_where_it_was(store: SegmentStore, tmp_path: Path) -> None:
    """What came while it was not running is delivered, though it has been sealed."""
    with http_backend() as backend:
        target = {"name": "a", "endpoint": backend.url}
        first = running(made(store, tmp_path, target))
        record(store, 1)
        assert wait_until(lambda: names(backend) == ["1"])
        ended(*first)
        record(store, 2)
        store.seal()
        second = running(made(store, tmp_path, target))
        assert wait_until(lambda: names(backend) == ["1", "2"])
        ended(*second)


def test_a_refused_request_is_sent_again_on_demand(store: SegmentStore, tmp_path: Path) -> None:
    """`correlator replay` asks for it by the same file, beside the engine."""
    with http_backend(Backend(status=400, body=b"bad")) as backend:
        running_one = running(made(store, tmp_path, {"name": "a", "endpoint": backend.url}))
        record(store, 1)
        letters = DeadLetters(tmp_path)
        assert wait_until(lambda: [each.reason for each in letters.all()] == ["answers 400 Bad Request: bad"])
        backend.status, backend.body = 200, b""
        letters.ask_again(None, None)
        assert wait_until(lambda: letters.all() == ())
        assert names(backend) == ["1", "1"]
        ended(*running_one)


def test_a_target_that_is_no_more_holds_nothing(store: SegmentStore, tmp_path: Path) -> None:
    """Taken out of the settings, with others left or none; who else reads the log stays."""
    store.hold("somebody/else", 0)
    made(store, tmp_path, {"name": "a", "endpoint": "http://127.0.0.1:1"}, {"name": "b", "endpoint": "http://b:1"})
    assert store.holds().keys() == {"somebody/else", "otlp/a", "otlp/b"}
    made(store, tmp_path, {"name": "b", "endpoint": "http://127.0.0.1:1"})
    assert store.holds().keys() == {"somebody/else", "otlp/b"}
    assert made(store, tmp_path) is None
    assert store.holds().keys() == {"somebody/else"}


def test_a_store_without_a_log_cannot_forward() -> None:
    """It is said at the start; without targets nobody minds."""
    context = ExporterContext(MemoryStore(), EngineMetrics(), str, lambda _: True)
    targets = ({"name": "a", "endpoint": "http://127.0.0.1:1"},)
    with pytest.raises(SettingsError, match="needs a store that keeps requests"):
        make_exporter(dict(ForwardSettings(targets=targets)), context)  # type: ignore[arg-type]
    assert make_exporter(dict(ForwardSettings()), context) is None


@pytest.mark.parametrize("key", ["token_file", "ca_file", "header_files"])
@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_a_file_that_cannot_be_read_ends_the_start(
    store: SegmentStore, tmp_path: Path, key: str, protocol: str
) -> None:
    """It is named, with the target."""
    gone: Any = tmp_path / "gone"
    target = {"name": "a", "endpoint": "https://127.0.0.1:1", "protocol": protocol}
    with pytest.raises(SettingsError, match=r"forward\.targets: a: .*gone"):
        made(store, tmp_path, target | {key: {"X-Scope-OrgID": gone} if key == "header_files" else gone})


def test_secrets_are_read_anew(store: SegmentStore, tmp_path: Path) -> None:
    """A token that was renewed, and a tenant."""
    token, tenant = tmp_path / "token", tmp_path / "tenant"
    token.write_text("one\n")
    tenant.write_text("shop")
    with http_backend() as backend:
        files = {"token_file": token, "header_files": {"X-Scope-OrgID": tenant}}
        running_one = running(made(store, tmp_path, {"name": "a", "endpoint": backend.url} | files))
        record(store, 1)
        assert wait_until(lambda: len(backend.calls) == 1)
        token.write_text("two\n")
        record(store, 2)
        assert wait_until(lambda: len(backend.calls) == 2)
        ended(*running_one)
    seen = [(call.headers["authorization"], call.headers["x-scope-orgid"]) for call in backend.calls]
    assert seen == [("Bearer one", "shop"), ("Bearer two", "shop")]


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_is_refused_is_seen_at_once(store: SegmentStore, tmp_path: Path, status: int) -> None:
    """On /readyz, on /metrics and in the log, with what to do and without the token; what waits goes out once it is mended."""
    token = tmp_path / "token"
    token.write_text("run-out")
    metrics = EngineMetrics()
    with http_backend(Backend(status=status, body=b"run-out is not valid")) as backend, capture_logs() as logged:
        target = {"name": "a", "endpoint": backend.url, "token_file": token}
        exporter = made(store, tmp_path, target, metrics=metrics)
        running_one = running(exporter)
        record(store, 1)
        told = f"answers {status}; write what it asks for into the target's token_file"
        assert wait_until(lambda: f"a {told}, " in exporter.describe())  # type: ignore[union-attr]
        breaker = metrics.registry.get_sample_value("correlator_delivery_breaker_state", {"target": "a"})
        assert breaker in (1, 2)
        assert [(each["event"], each["reason"]) for each in logged] == [("target_not_reached", told)]
        token.write_text("mended")
        backend.status, backend.body = 200, b""
        assert wait_until(lambda: "a is reached, 0 bytes" in exporter.describe())  # type: ignore[union-attr]
        ended(*running_one)
    assert backend.calls[-1].headers["authorization"] == "Bearer mended"
    assert DeadLetters(tmp_path).all() == ()


def test_a_target_that_never_answers_delays_the_stop_by_its_timeout_at_most(
    store: SegmentStore, tmp_path: Path
) -> None:
    """What it was sent waits for the next start."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        exporter = made(store, tmp_path, {"name": "a", "endpoint": endpoint, "timeout": "500ms"})
        stop, thread = running(exporter)
        record(store, 1)
        connection, _ = silent.accept()
        started = time.monotonic()
        ended(stop, thread)
        assert time.monotonic() - started < 3.0
        connection.close()
    assert store.holds()["otlp/a"] < store.acknowledged_end()
