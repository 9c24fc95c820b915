"""Rules in a running engine: told with findings, listed, followed while their files change, and never by half."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.engine_process import EngineProcess, running_engine
from tests.e2e.failing_story import failing_stories, trace_id

PATIENCE_S = 60.0
RULE = """\
id: worker-raises
title: The worker raises and n8n repeats it
severity: critical
within: 60s
steps:
  - {system: worker, kind: exception}
  - {system: n8n}
suggest: Mend the worker.
"""
PER_SERVICE = """\
id: worker-raises-often
title: The worker raises often
severity: error
scope: service
within: 5m
min_count: 2
steps:
  - {system: worker, kind: exception}
suggest: Mend the worker soon.
"""


def test_patterns_are_told_listed_and_followed(tmp_path: Path) -> None:
    """From the first story to a broken file and its repair."""
    folder = tmp_path / "patterns"
    folder.mkdir()
    (folder / "a.yaml").write_text(RULE)
    config = tmp_path / "correlator.yaml"
    config.write_text(
        f"patterns: {{folders: [{folder}], reload_interval: 100ms}}\nincidents: {{settle: 200ms, interval: 100ms}}\n"
    )
    with running_engine(tmp_path / "data", "--config", str(config)) as engine:
        send(engine, [1])
        finding = get(engine, f"api/v1/traces/{trace_id(1).hex()}/root-cause")
        assert "worker-raises" in {each["rule_id"] for each in finding["patterns"]}
        assert "The worker raises and n8n repeats it (worker-raises): Mend the worker." in explained(engine, 1)
        until(lambda: ("worker-raises", "story") in matches(engine), "the story's match in the list")
        (incident,) = get(engine, "api/v1/incidents")["incidents"]
        assert incident["severity"] == "critical"

        (folder / "b.yaml").write_text(PER_SERVICE.replace("steps:", "stesp:"))
        until(lambda: get(engine, "api/v1/patterns")["failure"], "the failure")
        assert "b.yaml:7: unknown key 'stesp'; did you mean 'steps'?" in readiness(engine)
        assert metric(engine, "correlator_rule_reload_failures_total") == 1
        assert "worker-raises" in rules(engine)

        (folder / "b.yaml").write_text(PER_SERVICE)
        until(lambda: "worker-raises-often" in rules(engine), "the mended rule")
        assert get(engine, "api/v1/patterns")["failure"] is None
        send(engine, [2, 3])
        until(lambda: ("worker-raises-often", "service") in matches(engine), "the service's match in the list")


def send(engine: EngineProcess, numbers: list[int]) -> None:
    headers = {"content-type": "application/x-protobuf"}
    body = failing_stories(numbers)
    httpx.post(f"http://{engine.otlp_http}/v1/traces", content=body, headers=headers).raise_for_status()


def explained(engine: EngineProcess, story: int) -> str:
    """What `correlator explain` prints, on one line."""
    command = [sys.executable, "-m", "correlator", "explain", trace_id(story).hex(), "--api", f"http://{engine.api}"]
    return " ".join(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def rules(engine: EngineProcess) -> set[str]:
    return {each["rule_id"] for each in get(engine, "api/v1/patterns")["rules"]}


def matches(engine: EngineProcess) -> set[tuple[str, str]]:
    return {(each["match"]["rule_id"], each["scope"]) for each in get(engine, "api/v1/patterns")["matches"]}


def readiness(engine: EngineProcess) -> str:
    answer = get(engine, "readyz")
    assert answer["ready"] is True
    return str(answer["dependencies"]["patterns"]["detail"])


def metric(engine: EngineProcess, name: str) -> float:
    lines = httpx.get(f"http://{engine.api}/metrics").text.splitlines()
    return float(next(line for line in lines if line.startswith(f"{name} ")).split()[-1])


def get(engine: EngineProcess, path: str) -> Any:
    return httpx.get(f"http://{engine.api}/{path}").raise_for_status().json()


def until(look: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {PATIENCE_S:.0f} s")
