"""correlator slo report: it asks a running engine, and writes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from correlator.cli.exits import ExitCode
from correlator.store.contract import WatchCommit, WatchState
from tests.unit.cli.conftest import Cli, listening
from tests.unit.pipeline.slo.counted import BRIDGE, ELSEWHERE, QUEUE, an_outage, reader_of
from tests.unit.serve.api import make_api
from tests.unit.slo.report.reported import incident
from tests.unit.slo.series import FIRST, after

BAD = "bridge-availability"


@pytest.fixture(scope="module")
def slo_url() -> Iterator[str]:
    """The bridge has an outage with an incident, the queue no traffic."""
    store, end = an_outage(days=2)
    made = make_api(slos=reader_of(store, BRIDGE, QUEUE, now=end), clock_unix_nano=lambda: after(end))
    made.store.commit_watch(WatchCommit(WatchState(), (incident("e1-a-1", FIRST + end - 10, None),)))
    with listening(made.app) as url:
        yield url


@pytest.fixture(scope="module")
def half_url() -> Iterator[str]:
    """The same bridge, and a shop whose Prometheus is down."""
    store, end = an_outage(days=2)
    made = make_api(slos=reader_of(store, BRIDGE, ELSEWHERE, now=end), clock_unix_nano=lambda: after(end))
    with listening(made.app) as url:
        yield url


def test_one_objective_as_markdown(cli: Cli, slo_url: str) -> None:
    """Of the running day, without more; its incidents are linked to the engine that was asked."""
    answer = cli("slo", "report", BAD, "--api", slo_url)
    assert answer.exit_code == ExitCode.DONE, answer.output
    assert answer.stdout.startswith("# Bridge availability: 2025-02-21\n")
    assert "this report is partial" in answer.stdout
    assert f"[e1-a-1]({slo_url}/api/v1/incidents/e1-a-1)" in answer.stdout


def test_all_objectives_follow_their_overview(cli: Cli, slo_url: str) -> None:
    """First a line for each, then each."""
    answer = cli("slo", "report", "--period", "week", "--api", slo_url)
    assert answer.exit_code == ExitCode.DONE, answer.output
    headings = [line for line in answer.stdout.splitlines() if line.startswith("# ")]
    assert headings == ["# Objectives: 2025-W08", "# Bridge availability: 2025-W08", "# Jobs are queued: 2025-W08"]


def test_json_is_what_the_api_answers(cli: Cli, slo_url: str) -> None:
    """One is the report itself; several are in a list."""
    one = json.loads(cli("slo", "report", BAD, "--json", "--api", slo_url).stdout)
    assert one["objective_id"] == BAD
    several = json.loads(cli("slo", "report", "--format", "json", "--api", slo_url).stdout)
    assert [each["objective_id"] for each in several["reports"]] == [BAD, "queue-errors"]
    assert several["reports"][0] == one
    assert several["overview"]["objectives"][0]["objective_id"] == BAD


def test_one_objective_into_a_file(cli: Cli, slo_url: str, tmp_path: Path) -> None:
    """And nothing beside it."""
    out = tmp_path / "bridge.html"
    answer = cli("slo", "report", BAD, "--format", "html", "--out", out, "--api", slo_url)
    assert answer.stdout.strip() == str(out)
    assert out.read_text().startswith("<!doctype html>")
    assert [each.name for each in tmp_path.iterdir()] == ["bridge.html"]


def test_all_objectives_into_a_folder(cli: Cli, slo_url: str, tmp_path: Path) -> None:
    """An index that links to a file for each."""
    out = tmp_path / "reports"
    answer = cli("slo", "report", "--format", "html", "--out", out, "--api", slo_url)
    assert answer.stdout.strip() == str(out / "index.html")
    assert sorted(each.name for each in out.iterdir()) == [
        "bridge-availability.html",
        "index.html",
        "queue-errors.html",
    ]
    assert 'href="bridge-availability.html"' in (out / "index.html").read_text()


def test_what_a_prometheus_does_not_tell_ends_nothing_else(cli: Cli, half_url: str, tmp_path: Path) -> None:
    """The others are written; the exit code says that something was out of reach."""
    answer = cli("slo", "report", "--out", tmp_path, "--api", half_url)
    assert answer.exit_code == ExitCode.CANNOT_REACH
    assert "not reported: shop-checkout: http://127.0.0.1:9090 does not answer" in answer.stderr
    assert "does not answer" in (tmp_path / "index.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--format", "html"), ExitCode.WRONG_USE, "give --out DIR"),
        ((BAD, "--of", "someday"), ExitCode.WRONG_USE, "write it as 2026-11-20"),
        (("nothing",), ExitCode.FOUND_PROBLEM, "no objective nothing"),
        ((BAD, "--out", "/proc/1/no.md"), ExitCode.CANNOT_REACH, "name another"),
    ],
)
def test_what_cannot_be_done_says_what_can(
    cli: Cli, slo_url: str, arguments: tuple[str, ...], code: ExitCode, told: str
) -> None:
    """With the exit code that scripts rely on."""
    answer = cli("slo", "report", *arguments, "--api", slo_url)
    assert answer.exit_code == code
    assert told in answer.stderr
