"""A day of stories told to a running engine at speed, then `correlator slo backtest` on its folder."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from typer.testing import CliRunner, Result

from correlator.cli.app import app
from correlator.settings import load_settings
from correlator.wiring import open_store
from tests.e2e.engine_process import EngineProcess, running_engine
from tests.e2e.story_history import MINUTE, History, requests

DAY = 1_440
A_MINUTE = 2
OUT = (900, 920)
PAGED = ("bridge-availability", "n8n-workflow-availability", "n8n-workflow-success-wf-invoices")
"""The bridge's calls fail, and with them the executions: of all workflows (99.9 %), and of this one (99 %). Latency, at 95 %, has
budget for twenty minutes; queue and worker hear of nothing."""
PATIENCE_S = 60.0
Json = dict[str, Any]


def yesterday(out: tuple[int, int] | None = None) -> History:
    """A day of stories, two a minute, that ended an hour ago."""
    now = time.time_ns() // MINUTE * MINUTE
    return History(now - (DAY + 60) * MINUTE, DAY, 60 // A_MINUTE, out)


def tell(engine: EngineProcess, history: History) -> None:
    headers = {"content-type": "application/x-protobuf"}
    with httpx.Client(base_url=f"http://{engine.otlp_http}", headers=headers, timeout=30) as door:
        for body in requests(history):
            assert door.post("/v1/traces", content=body).status_code == 200


def wait_for_incident(engine: EngineProcess, failures: int) -> str:
    """The key of the one incident, once it has all failures."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = httpx.get(f"http://{engine.api}/api/v1/incidents").json()["incidents"]
        if [each["failures"] for each in found] == [failures]:
            return str(found[0]["key"])
        time.sleep(0.1)
    raise AssertionError(f"no incident with {failures} failures: {found}")


def backtest(folder: Path, *more: object, code: int = 0) -> Result:
    """The command in this process: a dozen of them would load the libraries a dozen times."""
    done = CliRunner().invoke(app, ["slo", "backtest", "--data-dir", str(folder), *(str(part) for part in more)])
    assert done.exit_code == code, done.output
    return done


def answer(folder: Path, *more: object, code: int = 0) -> Json:
    return dict(json.loads(backtest(folder, "--json", *more, code=code).stdout))


@pytest.fixture(autouse=True)
def default_logs() -> Iterator[None]:
    """A command sets the process's log; the next test starts without."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an engine that heard of a healthy day."""
    folder = tmp_path_factory.mktemp("quiet") / "data"
    with running_engine(folder) as engine:
        tell(engine, yesterday())
    return folder


@pytest.fixture(scope="module")
def outage(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, History, str]:
    """The folder of one in whose day the bridge was out for twenty minutes; the day, and the incident's key."""
    folder, history = tmp_path_factory.mktemp("outage") / "data", yesterday(OUT)
    settings = folder.with_suffix(".yaml")
    settings.write_text("incidents: {settle: 200ms, interval: 100ms}\n", encoding="utf-8")
    with running_engine(folder, "--config", str(settings)) as engine:
        tell(engine, history)
        key = wait_for_incident(engine, (OUT[1] - OUT[0]) * A_MINUTE)
    return folder, history, key


def test_a_quiet_day_pages_nobody(quiet: Path) -> None:
    """Every event is counted, every minute is known; the gate is passed."""
    found = answer(quiet, "--max-false-pages", 0)
    counted = {
        each["objective_id"]: (each["events"], each["failures"], each["coverage"]) for each in found["objectives"]
    }
    assert found["callings"] == []
    assert {counted[each] for each in (*PAGED, "queue-errors", "worker-errors")} == {(DAY * A_MINUTE, 0, 1)}


def test_an_outage_pages_once_for_each_objective_concerned(outage: tuple[Path, History, str]) -> None:
    """Within minutes of its first failure, and is the engine's own incident; nothing else pages."""
    folder, history, key = outage
    found = answer(folder, "--max-false-pages", 0)
    pages = [each for each in found["callings"] if each["calling"]["severity"] == "page"]
    assert Counter(each["calling"]["objective_id"] for each in pages) == Counter(PAGED)
    assert {each["outage"] for each in pages} == {key}
    began = {each["calling"]["objective_id"]: each["calling"]["begins_unix_nano"] for each in pages}
    assert [(began[each] - history.at(OUT[0])) // MINUTE for each in PAGED] == [2, 2, 9]
    assert all(each["calling"]["ends_unix_nano"] is not None for each in pages)
    (waited,) = found["outages"]
    assert (waited["outage"]["name"], 60 < waited["page_wait_s"] <= 120) == (key, True)
    assert (found["false_pages"], found["recall"]) == (0, {"count": 1, "of": 1, "ratio": 1})


def test_a_change_that_pages_less_is_stopped_by_the_gate(outage: tuple[Path, History, str], tmp_path: Path) -> None:
    """An objective of 97 % has budget for the outage, one that is gone says nothing; the other way round it is a new page."""
    folder, _, key = outage
    shipped = Path(__file__).parents[2] / "rules" / "slo" / "bridge.yaml"
    lax = tmp_path / "bridge.yaml"
    lax.write_text(shipped.read_text(encoding="utf-8").replace("target: 0.999", "target: 0.97"), encoding="utf-8")
    lost = backtest(folder, "--objectives", lax, "--against", shipped, "--max-lost-detections", 0, code=1)
    assert f"nobody is paged any more for {key}" in lost.stdout.replace("\n", " ")
    new = answer(folder, "--objectives", shipped, "--against", lax, "--max-new-pages", 0, code=1)
    assert [each["objective_id"] for each in new["against"]["new"] if each["severity"] == "page"] == [PAGED[0]]
    gone = tmp_path / "gone.yaml"
    gone.write_text(shipped.read_text(encoding="utf-8").partition("---\n")[2], encoding="utf-8")
    lost = backtest(folder, "--objectives", gone, "--against", shipped, "--max-lost-detections", 0, code=1)
    assert f"nobody is paged any more for {key}" in lost.stdout.replace("\n", " ")
    same = answer(folder, "--objectives", shipped, "--against", shipped, "--max-new-pages", 0)
    assert (same["against"]["new"], same["against"]["lost"], same["against"]["changed"]) == ([], [], [])


def test_people_know_other_outages(outage: tuple[Path, History, str], tmp_path: Path) -> None:
    """By their file nothing was wrong: the pages are false, and the gate says so."""
    folder, _, _ = outage
    known = tmp_path / "outages.csv"
    known.write_text("name,begins,ends\n", encoding="utf-8")
    assert answer(folder, "--incidents", known, "--max-false-pages", 0, code=1)["false_pages"] == len(PAGED)


def test_a_folder_that_an_engine_holds_is_refused(tmp_path: Path) -> None:
    """With what to do; one that is none is not made."""
    store = open_store(load_settings(None, {"data_dir": tmp_path / "data"}))
    try:
        assert "is in use by another engine" in backtest(tmp_path / "data", code=2).stderr
    finally:
        store.close()
    assert "is no data folder" in backtest(tmp_path / "none", code=2).stderr
    assert not (tmp_path / "none").exists()


def test_a_backtest_deletes_nothing(outage: tuple[Path, History, str], tmp_path: Path) -> None:
    """However old the records are by the settings' retention."""
    folder, _, _ = outage
    short = tmp_path / "short.yaml"
    short.write_text("store: {retention_age: 1s, retention_size: 1MiB}\nslo: {shipped: false}\n", encoding="utf-8")
    before = sorted(path.name for path in folder.glob("segments/*/*.parquet"))
    shipped = Path(__file__).parents[2] / "rules" / "slo" / "bridge.yaml"
    message = backtest(folder, "--config", short, "--objectives", shipped, code=2).stderr
    assert "longer than" in message
    backtest(folder, "--config", short)
    assert before
    assert sorted(path.name for path in folder.glob("segments/*/*.parquet")) == before
