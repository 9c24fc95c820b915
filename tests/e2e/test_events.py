"""Callbacks, statuses and events of a real engine process, over its end and the end of its Redis."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from correlator.cli.event_lines import StreamEvent, read_events
from tests.e2e.engine_process import EngineProcess, running_engine
from tests.ports import free_port
from tests.stack.redis_process import RedisProcess, redis_command

WITHIN_S = 60.0


class Reader:
    """Follows the events of one engine in a thread, until the stream ends."""

    def __init__(self, api: str, topic: str = "#", after: int | None = None) -> None:
        self.events: list[StreamEvent] = []
        self.place: int | None = after
        self.has_ended = False
        self._request = (f"http://{api}/api/v1/events", topic)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        eventually(lambda: self.place is not None, "the stream began")

    def topics(self) -> list[str]:
        return [each.name or (each.data or {})["topic"] for each in self.events]

    def join(self) -> None:
        self._thread.join(WITHIN_S)

    def _read(self) -> None:
        url, topic = self._request
        headers = {} if self.place is None else {"Last-Event-ID": str(self.place)}
        try:
            with httpx.stream("GET", url, params={"topic": topic}, headers=headers, timeout=WITHIN_S) as stream:
                for event in read_events(stream.iter_lines()):
                    self.place = event.id
                    self.events += [event] if event.data is not None else []
        except httpx.TransportError:
            pass
        self.has_ended = True


def eventually(is_so: Callable[[], object], what: str) -> None:
    until = time.monotonic() + WITHIN_S
    while not is_so():
        assert time.monotonic() < until, what
        time.sleep(0.02)


def tell(engine: EngineProcess, execution: int, kind: str = "started", **more: Any) -> dict[str, Any]:
    body = {"kind": kind, "execution_id": execution} | more
    answer = httpx.post(f"http://{engine.api}/api/v1/callbacks/w1", json=body)
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


def states(engine: EngineProcess) -> dict[str, str]:
    answer = httpx.get(f"http://{engine.api}/api/v1/status/w1")
    if answer.status_code == 404:
        return {}
    return {each["execution_id"]: each["state"] for each in answer.json()["executions"]}


def metric(engine: EngineProcess, name: str) -> float:
    lines = httpx.get(f"http://{engine.api}/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def configured(folder: Path, **sections: dict[str, Any]) -> tuple[str, str]:
    file = folder / "correlator.json"  # JSON is YAML
    file.write_text(json.dumps(sections), encoding="utf-8")
    return "--config", str(file)


def test_a_reader_who_reconnects_misses_nothing_and_after_a_restart_is_told(tmp_path: Path) -> None:
    """By Last-Event-ID; ids do not come again."""
    with running_engine(tmp_path / "data") as engine:
        first = Reader(engine.api, "workflow.*.started")
        tell(engine, 1)
        tell(engine, 1, "completed")
        eventually(lambda: len(first.events) == 1, "the first event came")
        tell(engine, 2)
        again = Reader(engine.api, "workflow.#", first.events[0].id)
        eventually(lambda: len(again.events) == 2, "what came meanwhile was sent first")
        assert again.topics() == ["workflow.w1.completed", "workflow.w1.started"]
        started = time.monotonic()
        assert engine.stop() == 0
        assert time.monotonic() - started < 30
        again.join()
        assert again.has_ended
    with running_engine(tmp_path / "data") as engine:
        late = Reader(engine.api, "#", again.place)
        tell(engine, 3)
        eventually(lambda: len(late.events) == 2, "the reset and the new event came")
        assert late.topics() == ["reset", "workflow.w1.started"]
        reset, event = (each.data or {} for each in late.events)
        assert reset["lost_after"] == again.place < reset["lost_until"] < event["id"]


def test_what_was_accepted_survives_kill_9(tmp_path: Path) -> None:
    """Statuses are recalled, doubles are known."""
    with running_engine(tmp_path / "data") as engine:
        for execution in range(20):
            tell(engine, execution)
            tell(engine, execution, "completed" if execution % 2 else "failed")
        before = states(engine)
        assert engine.stop(signal.SIGKILL) == -signal.SIGKILL
    with running_engine(tmp_path / "data") as engine:
        eventually(lambda: states(engine) == before, "the statuses are known again")
        assert tell(engine, 7)["duplicate"] is True


def test_a_silent_execution_opens_an_incident_once_over_restarts(tmp_path: Path) -> None:
    """Its record, its event, its state; a late completion corrects that."""
    options = configured(tmp_path, callbacks={"timeout": "1s", "status_ttl": "1h"}, incidents={"settle": "100ms", "interval": "100ms"})  # fmt: skip
    with running_engine(tmp_path / "data", *options) as engine:
        reader = Reader(engine.api)
        tell(engine, 1)
        eventually(lambda: any(".opened" in topic for topic in reader.topics()), "an incident opened")
        assert reader.topics()[:2] == ["workflow.w1.started", "workflow.w1.timed_out"]
        assert states(engine) == {"1": "timed_out"}
        engine.stop()
    with running_engine(tmp_path / "data", *options) as engine:
        eventually(lambda: states(engine) == {"1": "timed_out"}, "the status is known again")
        time.sleep(2.5)  # the grace after a start, and then some turns
        assert metric(engine, "correlator_execution_timeouts_total") == 0
        tell(engine, 1, "completed")
        assert states(engine) == {"1": "completed"}
        (incident,) = httpx.get(f"http://{engine.api}/api/v1/incidents").json()["incidents"]
        assert incident["failures"] == 1


@contextmanager
def redis_running(folder: Path) -> Iterator[RedisProcess]:
    if redis_command() is None:
        pytest.skip("redis-server is not installed; on Debian: apt install redis-server")
    redis = RedisProcess(folder)
    try:
        yield redis
    finally:
        redis.process.stop()


def test_with_redis_events_outlive_the_engine(tmp_path: Path) -> None:
    """Who comes back after a restart misses nothing."""
    with redis_running(tmp_path / "redis") as redis:
        options = configured(tmp_path, events={"redis_url": redis.url})
        with running_engine(tmp_path / "data", *options) as engine:
            reader = Reader(engine.api)
            for execution in range(3):
                tell(engine, execution)
            eventually(lambda: len(reader.events) == 3, "the events came")
            engine.stop()
        with running_engine(tmp_path / "data", *options) as engine:
            again = Reader(engine.api, "#", reader.events[0].id)
            tell(engine, 3)
            eventually(lambda: len(again.events) == 3, "the events came again, and the new one")
            executions = [(each.data or {})["data"]["execution_id"] for each in again.events]
            assert executions == ["1", "2", "3"]


def test_without_its_redis_the_engine_goes_on_and_says_so_once(tmp_path: Path) -> None:
    """What was published meanwhile is kept once Redis is back."""
    with redis_running(tmp_path / "redis") as redis:
        options = configured(tmp_path, events={"redis_url": redis.url})
        with running_engine(tmp_path / "data", *options) as engine:
            reader = Reader(engine.api)
            tell(engine, 1)
            os.kill(redis.process.pid, signal.SIGSTOP)
            for execution in (2, 3):
                tell(engine, execution)
            eventually(lambda: len(reader.events) == 3, "events come all the same")
            eventually(lambda: metric(engine, "correlator_events_unsaved_total") >= 2, "failures are counted")
            os.kill(redis.process.pid, signal.SIGCONT)
            eventually(lambda: "events_saved_again" in log_of(tmp_path), "they are kept once it is back")
            engine.stop()
        assert log_of(tmp_path).count("events_not_saved") == 1
        with running_engine(tmp_path / "data", *options) as engine:
            again = Reader(engine.api, "#", reader.events[0].id)
            eventually(lambda: len(again.events) == 2, "both are there after a restart")


def log_of(folder: Path) -> str:
    return (folder / "data.log").read_text(encoding="utf-8")


def test_the_command_line_follows_over_a_restart(tmp_path: Path) -> None:
    """One line of JSON an event; and status says the same."""
    api = f"127.0.0.1:{free_port()}"
    with running_engine(tmp_path / "data", "--api", api) as engine:
        tell(engine, 1)
        command = [sys.executable, "-m", "correlator", "events", "--api", f"http://{api}", "--json", "--limit", "3", "--after", "0"]  # fmt: skip
        following = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert following.stdout is not None
        try:
            assert "reset" in json.loads(following.stdout.readline())
            assert json.loads(following.stdout.readline())["data"]["execution_id"] == "1"
            engine.stop()
            with running_engine(tmp_path / "data", "--api", api) as successor:
                line = threading.Thread(target=lambda: lines.append(following.stdout.readline()))  # type: ignore[union-attr]
                lines: list[str] = []
                line.start()
                line.join(WITHIN_S)
                assert "reset" in json.loads(lines[0])
                answer = subprocess.run(
                    [sys.executable, "-m", "correlator", "status", "w1", "--api", f"http://{successor.api}"],
                    capture_output=True, text=True, timeout=60,
                )  # fmt: skip
                assert answer.returncode == 0
                assert "1  started" in answer.stdout
            assert following.wait(WITHIN_S) == 0
        finally:
            following.kill()
            following.wait()
            following.stdout.close()


def test_the_how_tos_example_works_as_it_stands(tmp_path: Path) -> None:
    """Each callback is accepted, and the status shows the failure."""
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "receive-callbacks.md").read_text(encoding="utf-8")
    example = next(block for block in re.findall(r"```bash\n(.*?)```", page, re.DOTALL) if "post()" in block)
    with running_engine(tmp_path / "data") as engine:
        script = example.replace("127.0.0.1:7070", engine.api)
        answer = subprocess.run(["bash", "-ec", script], capture_output=True, text=True, timeout=60)
    *accepted, status = (json.loads(line) for line in answer.stdout.splitlines())
    assert [each["duplicate"] for each in accepted] == [False, False, False]
    assert status["executions"][0]["state"] == "failed"
