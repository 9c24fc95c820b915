"""The engine as a process: its ready line, its end, and what it says when it cannot start."""

import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx

from tests.e2e.engine_process import running_engine, serve_command

FIXTURES = Path(__file__).parents[1] / "fixtures" / "otlp"
N8N_BODIES = sorted(FIXTURES.glob("otlp_raw_*.pb"))


def send(address: str, body: bytes) -> httpx.Response:
    return httpx.post(f"http://{address}/v1/traces", content=body, headers={"content-type": "application/x-protobuf"})


def test_sigterm_drains_seals_and_ends_within_ten_seconds(tmp_path: Path) -> None:
    """A graceful stop leaves everything in segments and nothing to replay."""
    with running_engine(tmp_path / "data") as engine:
        assert send(engine.otlp_http, N8N_BODIES[0].read_bytes()).status_code == 200
        started = time.monotonic()
        assert engine.stop(signal.SIGTERM) == 0
        assert time.monotonic() - started < 10
    assert list((tmp_path / "data").rglob("*.parquet"))


def test_a_taken_port_is_named_with_a_remedy(tmp_path: Path) -> None:
    """Exit code 2 and one clear line, no stack trace."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        for option in ("--otlp-http", "--otlp-grpc", "--api"):
            answer = subprocess.run(
                serve_command(tmp_path / "data", option, address), capture_output=True, text=True, timeout=60
            )
            assert answer.returncode == 2
            assert address in answer.stderr
            assert option in answer.stderr
            assert "Traceback" not in answer.stderr


def test_two_engines_on_one_folder_are_refused(tmp_path: Path) -> None:
    """The second says which folder is in use."""
    with running_engine(tmp_path / "data"):
        answer = subprocess.run(serve_command(tmp_path / "data"), capture_output=True, text=True, timeout=60)
        assert answer.returncode == 2
        assert str(tmp_path / "data") in answer.stderr
        assert "Traceback" not in answer.stderr


def test_an_open_address_without_a_token_refuses_to_start(tmp_path: Path) -> None:
    """Secure by default."""
    command = serve_command(tmp_path / "data", "--api", "0.0.0.0:0")
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert answer.returncode == 2
    assert "token_file" in answer.stderr


def test_with_a_token_every_door_asks_for_it(tmp_path: Path) -> None:
    """Wrong and missing tokens get 401; health stays open for probes; the token is in no answer."""
    token = tmp_path / "token"
    token.write_text("s3cret-token", encoding="utf-8")
    config = tmp_path / "correlator.yaml"
    config.write_text(f"listen: {{token_file: {token}}}\n", encoding="utf-8")
    right = {"authorization": "Bearer s3cret-token", "content-type": "application/x-protobuf"}
    with running_engine(tmp_path / "data", "--config", str(config)) as engine:
        for headers in ({}, {"authorization": "Bearer wrong"}):
            assert httpx.get(f"http://{engine.api}/api/v1/traces", headers=headers).status_code == 401
            refused = httpx.post(f"http://{engine.otlp_http}/v1/traces", headers=headers)
            assert refused.status_code == 401
            assert "s3cret" not in refused.text
        assert httpx.get(f"http://{engine.api}/healthz").status_code == 200
        assert httpx.get(f"http://{engine.api}/api/v1/traces", headers=right).status_code == 200
        body = N8N_BODIES[0].read_bytes()
        assert httpx.post(f"http://{engine.otlp_http}/v1/traces", content=body, headers=right).status_code == 200
