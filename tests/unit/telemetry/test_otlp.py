"""Where telemetry goes: arguments over environment over the engine on this machine."""

import subprocess
import sys
import textwrap

import pytest

from correlator.errors import SettingsError
from correlator.telemetry.otlp import OtlpTarget, exporter_builder


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The developer's own OpenTelemetry settings do not count."""
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", raising=False)


def address(target: OtlpTarget, signal: str = "traces") -> str:
    """Where the built exporter sends."""
    exporter = exporter_builder(target, signal)(1.0)
    try:
        return str(exporter._endpoint)  # type: ignore[attr-defined]
    finally:
        exporter.shutdown()


@pytest.mark.parametrize("signal", ["traces", "logs", "metrics"])
def test_the_default_is_the_engine_on_this_machine(signal: str) -> None:
    """Each signal has its path."""
    assert address(OtlpTarget(), signal) == f"http://127.0.0.1:4318/v1/{signal}"
    assert address(OtlpTarget(protocol="grpc"), signal) == "127.0.0.1:4317"


def test_the_environment_wins_over_the_default_and_an_argument_over_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """The standard variables, also for one signal."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/")
    assert address(OtlpTarget()) == "http://collector:4318/v1/traces"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://spans:4318/in")
    assert address(OtlpTarget()) == "http://spans:4318/in"
    assert address(OtlpTarget("http://engine:4318")) == "http://engine:4318/v1/traces"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"endpoint": "engine:4318"}, "has no scheme; did you mean 'http://engine:4318'"),
        ({"protocol": "http/json"}, "protocol 'http/json' is unknown; choose"),
    ],
)
def test_an_impossible_target_is_refused_with_a_remedy(arguments: dict[str, str], message: str) -> None:
    """At once, not at the first lost batch."""
    with pytest.raises(SettingsError, match=message):
        OtlpTarget(**arguments)


def test_headers_are_never_printed() -> None:
    """They may hold a key."""
    assert "hunter2" not in repr(OtlpTarget(headers={"authorization": "hunter2"}))


def test_a_first_request_imports_nothing_more() -> None:
    """It is sent from a thread: a process that forks while that imports leaves its child without telemetry."""
    script = """
        import sys, threading
        from http.server import BaseHTTPRequestHandler, HTTPServer
        from opentelemetry.sdk.metrics.export import MetricsData
        from correlator.telemetry.otlp import OtlpTarget, exporter_builder

        class Engine(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["content-length"]))
                self.send_response(200)
                self.end_headers()

        server = HTTPServer(("127.0.0.1", 0), Engine)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        nothing = {"traces": [], "logs": [], "metrics": MetricsData([])}
        target = OtlpTarget(f"http://127.0.0.1:{server.server_port}")
        builders = {signal: exporter_builder(target, signal) for signal in nothing}
        before = set(sys.modules)
        assert all(build(5.0).export(nothing[signal]).name == "SUCCESS" for signal, build in builders.items())
        sys.exit(", ".join(set(sys.modules) - before) or None)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
