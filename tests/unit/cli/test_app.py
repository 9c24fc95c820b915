"""The command itself."""

import subprocess
import sys

import pytest
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

import correlator
from correlator.cli import refuse_missing
from correlator.cli.app import app
from correlator.cli.exits import ExitCode, code_of
from correlator.errors import CorrelatorError, InvalidInput, SettingsError, StorageFull, StoreError
from tests.unit.cli.answering import answering
from tests.unit.cli.conftest import Cli, listening

HEAVY = {"duckdb", "pyarrow", "fastapi", "httpx", "numpy", "grpc", "pydantic_settings"}


def test_help_names_every_command_and_the_exit_codes(cli: Cli) -> None:
    """The promise of the surface."""
    answer = cli("--help")
    assert answer.exit_code == 0
    for word in ("serve", "ingest", "explain", "trace", "incidents", "doctor", "demo", "Exit codes"):
        assert word in answer.stdout


def test_version(cli: Cli) -> None:
    """One line."""
    assert cli("--version").stdout == f"correlator {correlator.__version__}\n"


@pytest.mark.parametrize("command", [each.callback.__name__ for each in app.registered_commands if each.callback])
def test_every_command_can_print_json(cli: Cli, command: str) -> None:
    """And explains itself."""
    answer = cli(command, "--help")
    assert answer.exit_code == 0
    assert "--json" in answer.stdout


def test_help_loads_nothing_heavy() -> None:
    """So that it is quick; a process of its own, since this one has loaded everything."""
    program = "import sys; from correlator.cli.app import app; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not HEAVY & {module.partition(".")[0] for module in loaded.stdout.split()}


@pytest.mark.parametrize(
    ("module", "arguments", "extras"),
    [
        ("typer", ["--help"], "engine"),
        ("httpx", ["incidents"], "engine"),
        ("elasticsearch", ["elasticsearch", "check"], "engine,elasticsearch"),
        ("elasticsearch", ["investigate", "--elasticsearch"], "engine,elasticsearch"),
    ],
)
def test_without_an_extra_the_remedy_is_printed(module: str, arguments: list[str], extras: str) -> None:
    """The base install has the telemetry package only; whether the command line itself or a command misses something."""
    program = f"import sys; sys.modules[{module!r}] = None; from correlator.cli import main; main()"
    answer = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True)
    assert answer.returncode == 2
    assert answer.stderr.endswith(f"pip install 'correlator[{extras}]'\n")
    assert "Traceback" not in answer.stderr


def test_a_missing_module_of_our_own_is_a_fault_not_an_extra() -> None:
    """It must not be hidden."""
    with pytest.raises(ModuleNotFoundError):
        refuse_missing(ModuleNotFoundError(name="correlator.nowhere"))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SettingsError("x"), ExitCode.WRONG_USE),
        (InvalidInput("x"), ExitCode.WRONG_USE),
        (StoreError("x"), ExitCode.WRONG_USE),
        (StorageFull("x"), ExitCode.CANNOT_REACH),
        (CorrelatorError("x"), ExitCode.FOUND_PROBLEM),
    ],
)
def test_an_error_means_an_exit_code(error: CorrelatorError, code: ExitCode) -> None:
    """Scripts rely on it."""
    assert code_of(error) is code


def test_a_folder_that_cannot_be_made_is_named(cli: Cli) -> None:
    """One line and an exit code, no stack."""
    answer = cli("serve", "--data-dir", "/proc/none", "--api", "127.0.0.1:0")
    assert answer.exit_code == ExitCode.CANNOT_REACH
    assert answer.stderr == "correlator: /proc/none: No such file or directory; make it writable, or name another\n"


def test_an_api_that_is_no_url_is_wrong_use(cli: Cli) -> None:
    """Nothing was asked, so nothing is out of reach."""
    answer = cli("incidents", "--api", "engine")
    assert answer.exit_code == ExitCode.WRONG_USE
    assert "'engine" in answer.stderr


def test_an_engine_whose_store_is_away_is_not_said_to_be_missing(cli: Cli) -> None:
    """Starting another would not help."""
    with answering(lambda request: (503, {"detail": "Elasticsearch does not answer"})) as engine:
        answer = cli("incidents", "--api", engine.url)
    assert answer.exit_code == ExitCode.CANNOT_REACH
    assert "cannot answer now (503): Elasticsearch does not answer" in answer.stderr
    assert "correlator serve" not in answer.stderr


@pytest.mark.parametrize(("status", "code"), [(404, ExitCode.FOUND_PROBLEM), (429, ExitCode.CANNOT_REACH)])
def test_what_a_server_says_steers_no_terminal(cli: Cli, status: int, code: ExitCode) -> None:
    """Whoever answers at that address may say anything."""
    said = "no\x1b[2J\x9b31m\u202esuch\nthing\rhere"

    async def hostile(scope: Scope, receive: Receive, send: Send) -> None:
        await JSONResponse({"detail": said}, status)(scope, receive, send)

    with listening(hostile) as url:
        answer = cli("incidents", "--api", url)
    assert answer.exit_code == code
    assert answer.stderr.endswith("no [2J 31m such\nthing here\n")
