"""A day with a bridge outage and a gap, told to a running engine; then its report, by command, by the API, and by itself."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from typer.testing import CliRunner

from correlator.cli.app import app
from tests.e2e.engine_process import EngineProcess, running_engine
from tests.e2e.story_history import MINUTE, STORIES_A_REQUEST, History, requests

DAY: Final = 1_440
A_MINUTE: Final = 2
OUT: Final = (900, 920)
DARK: Final = (STORIES_A_REQUEST // A_MINUTE, 2 * STORIES_A_REQUEST // A_MINUTE)  # the second request never arrives
TOLD: Final = A_MINUTE * (DAY - DARK[1] + DARK[0])
FAILED: Final = A_MINUTE * (OUT[1] - OUT[0])
BRIDGE: Final = "bridge-availability"
PATIENCE_S: Final = 60.0
SETTINGS: Final = """
incidents: {settle: 200ms, interval: 100ms}
slo: {interval: 200ms}
reports: {settle: 0s, periods: [day], formats: [json, markdown, html]}
"""
Json = dict[str, Any]


def yesterday() -> History:
    """The last whole UTC day, two stories a minute."""
    begin = (time.time_ns() // (DAY * MINUTE) - 1) * DAY * MINUTE
    return History(begin, DAY, 60 // A_MINUTE, OUT)


def label(history: History) -> str:
    return datetime.fromtimestamp(history.begins_unix_nano // 10**9, UTC).strftime("%Y-%m-%d")


def tell(engine: EngineProcess, history: History) -> None:
    headers = {"content-type": "application/x-protobuf"}
    with httpx.Client(base_url=f"http://{engine.otlp_http}", headers=headers, timeout=30) as door:
        for place, body in enumerate(requests(history)):
            if place != 1:
                assert door.post("/v1/traces", content=body).status_code == 200


def get(engine: EngineProcess, path: str) -> Json:
    return dict(httpx.get(f"http://{engine.api}/api/v1/{path}", timeout=30).raise_for_status().json())


def wait_until_counted(engine: EngineProcess, end: int) -> Json:
    """The budget as of the day's end, once all calls are counted and all failures in one incident."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        budget = get(engine, f"slos/{BRIDGE}/budget?at={end}")
        failures = [each["failures"] for each in get(engine, "incidents")["incidents"]]
        if budget["events"] == TOLD and failures == [FAILED]:
            return budget
        time.sleep(0.1)
    raise AssertionError(f"not counted: {budget}, {failures}")


def command(engine: EngineProcess, *more: str) -> str:
    done = CliRunner().invoke(app, ["slo", "report", *more, "--api", f"http://{engine.api}"])
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, History, Json, dict[str, str]]:
    """The engine's folder; the day; the budget at its end; and what the command told in each format."""
    folder, history = tmp_path_factory.mktemp("reports") / "data", yesterday()
    config = folder.with_suffix(".yaml")
    config.write_text(SETTINGS, encoding="utf-8")
    with running_engine(folder, "--config", str(config)) as engine:
        tell(engine, history)
        budget = wait_until_counted(engine, history.at(DAY))
        asked = (BRIDGE, "--of", label(history), "--format")
        texts = {form: command(engine, *asked, form) for form in ("json", "markdown", "html")}
        served = get(engine, f"slos/{BRIDGE}/report?of={label(history)}")
    assert served == json.loads(texts["json"])
    return folder, history, budget, texts


def test_the_numbers_are_those_of_the_budget_at_the_days_end(told: tuple[Path, History, Json, dict[str, str]]) -> None:
    """Equal, not close."""
    _, _, budget, texts = told
    report = json.loads(texts["json"])
    assert report["is_partial"] is False
    assert report["budget"]["remaining"] == budget["error_budget_remaining"]
    assert report["budget"]["allowed_failures"] == budget["allowed_failures"]
    assert (report["compliance"]["total"], report["compliance"]["total"] - report["compliance"]["good"]) == (
        TOLD,
        FAILED,
    )


def test_the_outage_is_an_incident_that_burnt_it_all(told: tuple[Path, History, Json, dict[str, str]]) -> None:
    """With its cause; the page came within minutes."""
    _, history, _, texts = told
    report = json.loads(texts["json"])
    (incident,) = report["attribution"]["incidents"]
    assert "DatabaseGone" in incident["title"] + incident["cause"]
    assert (incident["failures"], incident["burnt"]["bad_events"], incident["burnt"]["of_burnt"]) == (
        FAILED,
        FAILED,
        1.0,
    )
    assert report["attribution"]["unexplained"]["bad_events"] == 0
    page = next(each for each in report["calls"] if each["severity"] == "page")
    assert history.at(OUT[0]) < page["began_unix_nano"] <= history.at(OUT[0] + 5)


def test_the_gap_is_a_gap_in_every_format(told: tuple[Path, History, Json, dict[str, str]]) -> None:
    """Hours of it have no number, and the page is hatched there."""
    _, history, _, texts = told
    report = json.loads(texts["json"])
    assert report["gaps"] == [{"start_unix_nano": history.at(DARK[0]), "end_unix_nano": history.at(DARK[1])}]
    assert [each["error_ratio"] is None for each in report["hours"][4:9]] == [False, True, True, True, False]
    assert "05:00 | no data" in texts["markdown"]
    assert "no data from " in texts["html"]
    assert texts["html"].count("<svg") == 3


def test_a_restart_writes_the_finished_day(told: tuple[Path, History, Json, dict[str, str]]) -> None:
    """Whole, with an index; the same numbers as by command."""
    folder, history, _, texts = told
    place = folder / "reports" / "day" / label(history)
    with running_engine(folder, "--config", str(folder.with_suffix(".yaml"))):
        deadline = time.monotonic() + PATIENCE_S
        while not place.is_dir() and time.monotonic() < deadline:
            time.sleep(0.1)
    names = {each.name for each in place.iterdir()}
    assert {
        f"{BRIDGE}.json",
        f"{BRIDGE}.md",
        f"{BRIDGE}.html",
        "index.html",
        "n8n-workflow-success-wf-invoices.md",
    } <= names
    written, asked = json.loads((place / f"{BRIDGE}.json").read_text()), json.loads(texts["json"])
    for part in ("range", "compliance", "budget", "hours", "gaps", "burn_down", "calls"):
        assert written[part] == asked[part]
    lines = json.loads((place / "index.json").read_text())["objectives"]
    verdicts = {each["objective_id"]: each["verdict"] for each in lines}
    assert verdicts[BRIDGE] == verdicts["n8n-workflow-success-wf-invoices"] == "missed"
    assert verdicts["queue-errors"] == "unknown"  # met as far as is known, which is too little
