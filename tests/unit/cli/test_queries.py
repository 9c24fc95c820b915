"""explain, trace, incidents: they ask a running engine."""

import json

import pytest

from tests.unit.cli.conftest import Cli, listening
from tests.unit.serve.api import KEY, TRACE_ID, make_failed_api


def test_explain_names_the_cause_its_path_and_its_evidence(cli: Cli, api_url: str) -> None:
    """What an on-call engineer reads first."""
    answer = cli("explain", TRACE_ID, "--api", api_url)
    assert answer.exit_code == 0, answer.output
    for word in ("invoice-worker", "n8n", "ValueError", "cause", "victim", TRACE_ID):
        assert word in answer.stdout


def test_explain_an_incident(cli: Cli, api_url: str) -> None:
    """By key."""
    answer = cli("explain", "--incident", KEY, "--api", api_url)
    assert answer.exit_code == 0, answer.output
    assert "invoice-worker failed first." in answer.stdout
    assert KEY in answer.stdout


def test_trace_prints_a_tree_with_tiers_durations_and_errors(cli: Cli, api_url: str) -> None:
    """Children under their parents."""
    answer = cli("trace", TRACE_ID, "--api", api_url)
    assert answer.exit_code == 0, answer.output
    heading, root, child = answer.stdout.splitlines()
    assert "2 spans, 2 with an error" in heading
    assert root.startswith("n8n workflow.execute 250 ms")
    assert child.startswith("└── invoice-worker")
    assert "error: ValueError: currency XXX" in child


def test_incidents_are_listed_and_one_is_shown(cli: Cli, api_url: str) -> None:
    """Each line has, whole at any width, the key that shows one."""
    listed = cli("incidents", "--api", api_url, "--state", "open")
    assert listed.exit_code == 0, listed.output
    assert "invoice-worker" in listed.stdout
    assert "open" in listed.stdout
    assert cli("incidents", "--api", api_url, COLUMNS="60").stdout.startswith(f"{KEY}  open")
    shown = cli("incidents", KEY, "--api", api_url)
    assert "opened 2026-01-31 12:00:00Z" in shown.stdout
    assert "workflows: Invoice intake" in shown.stdout
    assert cli("incidents", "--state", "resolved", "--api", api_url).stdout == "no incidents\n"


@pytest.mark.parametrize(
    ("command", "member"),
    [
        (("explain", TRACE_ID), "candidates"),
        (("explain", "--incident", KEY), "candidates"),
        (("trace", TRACE_ID), "spans"),
        (("incidents",), "incidents"),
        (("incidents", KEY), "root_cause"),
    ],
)
def test_json_is_the_apis_own(cli: Cli, api_url: str, command: tuple[str, ...], member: str) -> None:
    """For scripts: nothing else on stdout."""
    answer = cli(*command, "--api", api_url, "--json")
    assert answer.exit_code == 0, answer.output
    assert member in json.loads(answer.stdout)


@pytest.mark.parametrize("command", [("explain", TRACE_ID), ("trace", TRACE_ID), ("incidents",)])
def test_nobody_there_is_exit_code_3_with_what_to_do(cli: Cli, nobody_url: str, command: tuple[str, ...]) -> None:
    """No stack trace."""
    answer = cli(*command, "--api", nobody_url)
    assert answer.exit_code == 3
    assert nobody_url in answer.stderr
    assert "correlator serve" in answer.stderr


def test_the_environment_names_the_engine(cli: Cli, api_url: str) -> None:
    """Set once in a shell."""
    assert cli("incidents", CORRELATOR_API_URL=api_url).exit_code == 0


@pytest.mark.parametrize("command", [("trace", "1" * 32), ("explain", "1" * 32), ("incidents", "none-1")])
def test_what_is_unknown_is_exit_code_1(cli: Cli, api_url: str, command: tuple[str, ...]) -> None:
    """A problem was found: it is not there."""
    answer = cli(*command, "--api", api_url)
    assert answer.exit_code == 1
    assert command[-1] in answer.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("trace", "xyz"),
        ("explain",),
        ("explain", TRACE_ID, "--incident", KEY),
        ("incidents", "--state", "closed"),
        ("incidents", "--limit", "0"),
        ("incidents", "--api", "http://[::1"),
        ("trace",),
        ("no-such-command",),
    ],
)
def test_wrong_use_is_exit_code_2(cli: Cli, api_url: str, command: tuple[str, ...]) -> None:
    """Whoever notices it, we or the engine."""
    answer = cli(*command, CORRELATOR_API_URL=api_url)
    assert answer.exit_code == 2, answer.output
    assert "Traceback" not in answer.output


def test_a_proxy_in_the_environment_is_not_asked_for_this_machine(cli: Cli, api_url: str, nobody_url: str) -> None:
    """Company networks set one for everything."""
    assert cli("incidents", "--api", api_url, HTTP_PROXY=nobody_url, ALL_PROXY=nobody_url).exit_code == 0


def test_an_engine_that_asks_for_a_token_gets_it_from_the_environment(cli: Cli) -> None:
    """And without one the message names the variable."""
    with listening(make_failed_api(bearer_token="s3cret").app) as url:
        refused = cli("incidents", "--api", url)
        assert (refused.exit_code, "CORRELATOR_API_TOKEN" in refused.stderr) == (2, True)
        assert cli("incidents", "--api", url, CORRELATOR_API_TOKEN="s3cret").exit_code == 0


def test_what_is_no_correlator_is_exit_code_3(cli: Cli) -> None:
    """Another program on that port."""

    async def other(scope: object, receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]
        await send({"type": "http.response.body", "body": b"<html>"})  # type: ignore[operator]

    with listening(other) as url:
        answer = cli("trace", TRACE_ID, "--api", url)
    assert (answer.exit_code, "no correlator" in answer.stderr) == (3, True)
