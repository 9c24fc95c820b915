"""trace and explain by what an engineer has in hand, and propagation."""

import json
from collections.abc import Iterator

import pytest

from tests.unit.cli.conftest import Cli, listening
from tests.unit.serve.broken_story import (
    BRIDGE_TRACE,
    EXECUTION,
    FROM,
    JOB,
    N8N_TRACE,
    TO,
    add_broken_story,
    make_broken_api,
)


@pytest.fixture(scope="module")
def broken_url() -> Iterator[str]:
    """An API over an execution of n8n whose context did not reach the bridge."""
    with listening(make_broken_api().app) as url:
        yield url


@pytest.mark.parametrize(
    "given", [("--execution", EXECUTION), ("--execution", EXECUTION, "--workflow", "orders"), ("--job", JOB)]
)
def test_a_story_is_shown_by_execution_or_job(cli: Cli, broken_url: str, given: tuple[str, ...]) -> None:
    """The tree says where the trace changes, and what joined it."""
    answer = cli("trace", *given, "--api", broken_url)
    assert answer.exit_code == 0, answer.output
    assert "story of 2 traces" in answer.stdout
    assert "joined by execution_id, not measured" in answer.stdout


def test_the_one_trace_is_shown_alone(cli: Cli, broken_url: str) -> None:
    """When asked for."""
    answer = cli("trace", N8N_TRACE, "--alone", "--api", broken_url)
    assert (answer.exit_code, "joined" in answer.stdout) == (0, False)
    assert "2 spans" in answer.stdout


@pytest.mark.parametrize("given", [("--execution", EXECUTION), ("--job", JOB), (N8N_TRACE,), (BRIDGE_TRACE,)])
def test_a_story_is_explained_by_execution_job_or_any_of_its_traces(
    cli: Cli, broken_url: str, given: tuple[str, ...]
) -> None:
    """The worker's error is the cause, whichever is asked for."""
    answer = cli("explain", *given, "--api", broken_url, "--json")
    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.stdout)["candidates"][0]["component"] == "worker"


@pytest.mark.parametrize("command", ["trace", "explain"])
def test_what_nobody_names_is_exit_code_1(cli: Cli, broken_url: str, command: str) -> None:
    """And is named."""
    answer = cli(command, "--execution", "18", "--api", broken_url)
    assert (answer.exit_code, "no story has execution 18" in answer.stderr) == (1, True)


def test_several_stories_are_named_and_none_is_chosen(cli: Cli) -> None:
    """Two n8ns count executions from 1."""
    api = make_broken_api()
    add_broken_story(api, 1, "invoices", at_s=40)
    with listening(api.app) as url:
        answer = cli("trace", "--execution", EXECUTION, "--api", url)
        assert answer.exit_code == 1
        assert "2 stories have execution 17; give --workflow" in answer.stderr
        assert BRIDGE_TRACE in answer.stderr
        assert cli("trace", "--execution", EXECUTION, "--workflow", "invoices", "--api", url).exit_code == 0


@pytest.mark.parametrize(
    "command",
    [
        ("trace", N8N_TRACE, "--execution", EXECUTION),
        ("trace", "--workflow", "orders"),
        ("explain", "--incident", "k-1", "--job", JOB),
        ("propagation", "--from", "yesterday"),
    ],
)
def test_wrong_use_is_exit_code_2(cli: Cli, broken_url: str, command: tuple[str, ...]) -> None:
    """One thing is asked for at a time."""
    answer = cli(*command, "--api", broken_url)
    assert answer.exit_code == 2, answer.output


def test_propagation_shows_each_hop_and_what_mends_it(cli: Cli, broken_url: str) -> None:
    """As a table, or as the API's JSON."""
    answer = cli("propagation", "--from", FROM, "--to", TO, "--api", broken_url)
    assert answer.exit_code == 0, answer.output
    assert "n8n_to_bridge" in answer.stdout
    assert "N8N_OTEL_TRACES_INJECT_OUTBOUND=true" in answer.stdout
    told = cli("propagation", "--from", FROM, "--to", TO, "--api", broken_url, "--json")
    assert json.loads(told.stdout)["hops"][0]["joined_by"] == {"execution_id": 1}
