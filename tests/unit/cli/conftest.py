"""The command line, and an API that really listens."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
import uvicorn
from typer.testing import CliRunner, Result

from correlator.cli.app import app
from correlator.cli.background_engine import background_engine
from correlator.settings import load_settings
from tests.unit.serve.api import make_failed_api


class Cli:
    """Runs `correlator` in this process, its output no terminal."""

    def __call__(self, *arguments: Any, **environment: str) -> Result:
        return CliRunner().invoke(app, [str(each) for each in arguments], env={"COLUMNS": "80"} | environment)


@pytest.fixture(autouse=True)
def default_logs() -> Iterator[None]:
    """A command sets the process's log; the next test starts without."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def cli() -> Cli:
    """The command line."""
    return Cli()


@contextlib.contextmanager
def listening(application: Any) -> Iterator[str]:
    """The base URL of an application on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        server = uvicorn.Server(uvicorn.Config(application, log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, args=([bound],))
        thread.start()
        while not server.started:
            time.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def api_url() -> Iterator[str]:
    """An API over one failing trace and its incident."""
    with listening(make_failed_api().app) as url:
        yield url


@pytest.fixture
def nobody_url() -> str:
    """Where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return f"http://127.0.0.1:{bound.getsockname()[1]}"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A whole engine on free ports: its URLs, and its data folder."""
    free = dict.fromkeys(("otlp_http", "otlp_grpc", "api"), "127.0.0.1:0")
    settings = load_settings(None, {"data_dir": tmp_path / "engine", "listen": free})
    with background_engine(settings) as addresses:
        urls = {name: f"http://{address}" for name, address in addresses.items()}
        yield urls | {"data_dir": str(settings.data_dir)}
