"""Failures sent to a running engine become incidents: opened, grown, resolved, opened again; none lost, none twice."""

import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.engine_process import EngineProcess, running_engine
from tests.e2e.failing_story import WORKFLOW, failing_stories, trace_id, worker_log

INCIDENTS = "threshold: 2, window: 1m, settle: 200ms, interval: 100ms"
PATIENCE_S = 60.0
Json = dict[str, Any]


@pytest.fixture
def config(tmp_path: Path) -> Callable[[str], tuple[str, str]]:
    """The option for a settings file with that time of quiet."""

    def write(quiet: str) -> tuple[str, str]:
        file = tmp_path / "correlator.yaml"
        file.write_text(f"incidents: {{{INCIDENTS}, quiet: {quiet}}}\n", encoding="utf-8")
        return "--config", str(file)

    return write


def test_an_incident_opens_grows_resolves_and_comes_back(
    tmp_path: Path, config: Callable[[str], tuple[str, str]]
) -> None:
    """One failure is none; the second opens it; others merge; quiet ends it; the next two are its successor."""
    with running_engine(tmp_path / "data", *config("8s")) as engine:
        fail(engine, [1])
        time.sleep(1.0)
        assert incidents(engine) == []
        fail(engine, [2])
        (opened,) = until(lambda: incidents(engine), "an incident")
        assert (opened["state"], opened["failures"], opened["workflows"]) == ("open", 2, [WORKFLOW])
        assert opened["services"] == ["bridge", "n8n", "worker"]
        assert_worker_is_the_cause(get(engine, f"incidents/{opened['key']}/root-cause"), opened)
        fail(engine, [3, 4, 5])
        until(lambda: failures(engine) == {opened["key"]: 5}, "five failures in one incident")
        assert gauge(engine, opened) == 1
        resolved = until(lambda: [each for each in incidents(engine) if each["state"] == "resolved"], "the end")[0]
        assert resolved["resolved_at_unix_nano"] == resolved["last_seen_unix_nano"] + 8_000_000_000
        until(lambda: gauge(engine, opened) == 0, "no open incident on /metrics")
        fail(engine, [6, 7])
        again = until(lambda: [each for each in incidents(engine) if each["previous"]], "a successor")[0]
        assert again["key"] == f"{opened['cause_fingerprint']}-2"
        assert (again["previous"], again["failures"], again["state"]) == (opened["key"], 2, "open")


def test_an_error_log_with_the_trace_id_is_evidence(tmp_path: Path, config: Callable[[str], tuple[str, str]]) -> None:
    """What the worker wrote in its span stands beside what it raised."""
    with running_engine(tmp_path / "data", *config("1m")) as engine:
        for story in (1, 2):
            send(engine, "logs", worker_log(story, f"customer {story} has no VAT number"))
        fail(engine, [1, 2])
        (incident,) = until(lambda: incidents(engine), "an incident")
        cause = get(engine, f"incidents/{incident['key']}/root-cause")["candidates"][0]
        logs = [each for each in cause["evidence"] if each["kind"] == "log"]
        assert [each["subject"] for each in logs] == ["worker ERROR log"]
        assert "has no VAT number" in logs[0]["observed"]
        assert incident["failures"] == 2


def test_a_log_without_any_span_is_a_failure_of_its_trace(
    tmp_path: Path, config: Callable[[str], tuple[str, str]]
) -> None:
    """The spans may be lost or not sampled: the trace is known all the same."""
    with running_engine(tmp_path / "data", *config("1m")) as engine:
        for story in (1, 2):
            send(engine, "logs", worker_log(story, "cannot reach the queue"))
        (incident,) = until(lambda: incidents(engine), "an incident")
        assert set(incident["trace_ids"]) == {trace_id(1).hex(), trace_id(2).hex()}
        assert (incident["services"], incident["failures"]) == (["worker"], 2)


def test_restarts_and_kills_lose_and_double_no_failure(
    tmp_path: Path, config: Callable[[str], tuple[str, str]]
) -> None:
    """The engine ends with failures stored, waiting and counted; some of the traces fail again afterwards."""
    given, sent = config("1m"), 0
    for how in (signal.SIGTERM, signal.SIGKILL, signal.SIGKILL):
        with running_engine(tmp_path / "data", *given) as engine:
            for size in (1, 1, 40):
                fail(engine, range(sent, sent + size))
                sent += size
                time.sleep(0.15)
            engine.stop(how)
    with running_engine(tmp_path / "data", *given) as engine:
        for story in (0, 5, sent - 1):
            send(engine, "logs", worker_log(story, "gave up for good"))
        fail(engine, [sent])
        (incident,) = until(lambda: [each for each in incidents(engine) if each["failures"] > sent], "all failures")
        time.sleep(1.0)
        assert failures(engine) == {incident["key"]: sent + 1}
        assert incident["severity"] == "critical"


def fail(engine: EngineProcess, stories: Iterable[int]) -> None:
    send(engine, "traces", failing_stories(stories))


def send(engine: EngineProcess, signal_name: str, body: bytes) -> None:
    answer = httpx.post(
        f"http://{engine.otlp_http}/v1/{signal_name}", content=body, headers={"content-type": "application/x-protobuf"}
    )
    assert (answer.status_code, answer.content) == (200, b"")


def get(engine: EngineProcess, path: str) -> Json:
    answer = httpx.get(f"http://{engine.api}/api/v1/{path}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def incidents(engine: EngineProcess) -> list[Json]:
    return list(get(engine, "incidents")["incidents"])


def failures(engine: EngineProcess) -> dict[str, int]:
    return {each["key"]: each["failures"] for each in incidents(engine)}


def gauge(engine: EngineProcess, incident: Json) -> float | None:
    """Open incidents of that severity and kind of cause, as Prometheus reads them; None where it is not shown."""
    kind = incident["root_cause"]["candidates"][0]["kind"]
    series = f'correlator_incidents{{cause_kind="{kind}",severity="{incident["severity"]}"}} '
    lines = httpx.get(f"http://{engine.api}/metrics").text.splitlines()
    return next((float(line.removeprefix(series)) for line in lines if line.startswith(series)), None)


def until(look: Callable[[], Any], wanted: str) -> Any:
    """What `look` gives once it is true; AssertionError after PATIENCE_S."""
    end = time.monotonic() + PATIENCE_S
    while not (found := look()):
        assert time.monotonic() < end, f"{wanted} did not come"
        time.sleep(0.05)
    return found


def assert_worker_is_the_cause(finding: Json, incident: Json) -> None:
    """The shape that RCA tools share, and the answer: the worker, with n8n and the bridge on the way to it."""
    assert finding == incident["root_cause"]
    assert not finding["abstained"]
    assert {"candidates", "summary", "alternatives", "missing_signals"} <= finding.keys()
    cause = finding["candidates"][0]
    assert {"component", "operation", "system", "kind", "score", "confidence", "evidence", "path"} <= cause.keys()
    assert (cause["component"], cause["operation"], cause["system"]) == ("worker", "invoice.render", "worker")
    assert (cause["kind"], cause["error_type"]) == ("exception", "billing.TemplateFieldMissing")
    assert 0.5 < cause["confidence"] <= 1
    assert [(step["component"], step["role"]) for step in cause["path"]] == [
        ("n8n", "victim"),
        ("n8n", "victim"),
        ("bridge", "victim"),
        ("worker", "cause"),
    ]
    assert cause["evidence"]
    for evidence in cause["evidence"]:
        assert {"kind", "subject", "observed", "expected", "unit", "window", "link"} <= evidence.keys()
    for component in ("worker", "n8n", "bridge"):
        assert component in finding["summary"]
