"""An hour of stories told to a running engine at speed; then Prometheus's own rules on what it counted, minute by minute."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from correlator.model.objective import SEVERITIES, Objective, RecordSource
from correlator.pipeline.rules.files import shipped_rules
from correlator.settings import load_settings
from correlator.slo.minute_series import MINUTE_NANO
from correlator.slo.rule_files.counter_story import Stretch, counter_values
from correlator.wiring import make_objectives, open_store
from tests.e2e.engine_process import EngineProcess, running_engine
from tests.e2e.promtool import PROMTOOL, WHY_SKIPPED, failed_tests, write_yaml
from tests.e2e.story_history import WORKFLOW_ID, History, requests

pytestmark = [pytest.mark.slow, pytest.mark.skipif(PROMTOOL is None, reason=WHY_SKIPPED)]

HOUR = 60
EVERY_S = 10
OUT = (30, 45)
PATIENCE_S = 60.0
PAGED = {"bridge-availability", "n8n-workflow-availability", f"n8n-workflow-success-{WORKFLOW_ID}"}
"""Latency at 95 % has budget for a quarter of an hour; queue and worker hear of nothing."""


def told(folder: Path, out: tuple[int, int] | None) -> tuple[Path, History]:
    """The folder of an engine that heard of the hour, which ended a quarter of an hour ago, and has counted it."""
    now = time.time_ns() // MINUTE_NANO * MINUTE_NANO
    history = History(now - (HOUR + 15) * MINUTE_NANO, HOUR, EVERY_S, out)
    settings = folder.with_suffix(".yaml")
    settings.write_text("slo: {interval: 500ms, first_scrape: 0s}\n", encoding="utf-8")
    headers = {"content-type": "application/x-protobuf"}
    with running_engine(folder, "--config", str(settings)) as engine:
        for body in requests(history):
            url = f"http://{engine.otlp_http}/v1/traces"
            assert httpx.post(url, content=body, headers=headers, timeout=30).status_code == 200
        wait_until_counted(engine, HOUR * 60 // EVERY_S)
    return folder, history


def wait_until_counted(engine: EngineProcess, calls: int) -> None:
    """Until /metrics shows so many calls of the bridge."""
    name = 'correlator_slo_events_total{objective="bridge-availability"'
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        lines = httpx.get(f"http://{engine.api}/metrics", timeout=10).text.splitlines()
        if any(line.startswith(name) and float(line.split()[-1]) == calls for line in lines):
            return
        time.sleep(0.2)
    raise AssertionError(f"not all {calls} calls are counted after {PATIENCE_S:g} s")


def counters(folder: Path, history: History) -> Iterator[tuple[str, dict[str, str]]]:
    """Each objective's id, and its two series as promtool takes them: what was counted of each minute of the hour."""
    settings = load_settings(None, {"data_dir": folder})
    store = open_store(settings)
    try:
        objectives, first = make_objectives(settings, store), history.begins_unix_nano // MINUTE_NANO
        for each in objectives.in_force():
            objective = each.objective
            if isinstance(objective.source, RecordSource):
                minutes = objectives.series(objective, first, first + HOUR)
                stretches = [Stretch(1, total, good) for good, total in zip(minutes.good, minutes.total, strict=True)]
                values = counter_values(stretches)
                labels = labels_of(objective, each.written_id)
                yield (
                    objective.id,
                    {
                        f"correlator_slo_events_total{labels}": values.events,
                        f"correlator_slo_good_events_total{labels}": values.good,
                    },
                )
    finally:
        store.close()


def labels_of(objective: Objective, written_id: str) -> str:
    own = f'sloth_id="{objective.id}", sloth_service="{objective.service}", sloth_slo="{objective.name}"'
    return f'{{objective="{written_id}", {own}}}'


def what_fails(folder: Path, series: dict[str, str], minutes: dict[int, dict[str, set[str]]]) -> str:
    """What promtool says of all shipped rules on these series, where at a minute exactly these objectives call."""
    rules = sorted((shipped_rules("prometheus") / "slo").glob("*.rules.yaml"))
    groups = [group["name"] for file in rules for group in yaml.safe_load(file.read_text("utf-8"))["groups"]]
    firing = 'sum by (sloth_id) (ALERTS{{alertstate="firing", sloth_severity="{severity}"}})'
    checks: list[dict[str, Any]] = [
        {
            "expr": firing.format(severity=severity),
            "eval_time": f"{minute}m",
            "exp_samples": [{"labels": f'{{sloth_id="{each}"}}', "value": 1} for each in sorted(called[severity])],
        }
        for minute, called in minutes.items()
        for severity in SEVERITIES
        if severity in called
    ]
    test = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": checks,
    }
    document = {
        "rule_files": [str(file) for file in rules],
        "evaluation_interval": "1m",
        "group_eval_order": groups,
        "tests": [test],
    }
    return failed_tests(write_yaml(folder / "hour.test.yaml", document))


def test_nobody_is_called_in_a_quiet_hour(tmp_path: Path) -> None:
    """At no minute, by no objective; each has counted what it should, so that this says something."""
    folder, history = told(tmp_path / "data", None)
    series = {name: values for _, two in counters(folder, history) for name, values in two.items()}
    busy = [name for name, values in series.items() if values.endswith(" 360+6x0")]
    assert len(busy) == 2 * 9, series.keys() - set(busy)
    nobody: dict[str, set[str]] = {"page": set(), "ticket": set()}
    assert what_fails(tmp_path, series, dict.fromkeys(range(1, HOUR + 1), nobody)) == ""


def test_the_same_hour_with_an_outage_pages_whom_it_concerns(tmp_path: Path) -> None:
    """So the quiet one could have: nobody before, these and no others in its tenth minute."""
    folder, history = told(tmp_path / "data", OUT)
    series = {name: values for _, two in counters(folder, history) for name, values in two.items()}
    before: dict[str, set[str]] = {"page": set(), "ticket": set()}
    assert what_fails(tmp_path, series, {OUT[0]: before, OUT[0] + 12: {"page": PAGED}}) == ""
