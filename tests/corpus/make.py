"""Records the corpus anew from a live stack: `python -m tests.corpus.make` (about 12 minutes; see docs/accuracy.md).

n8n is started once for each phase of the plan; what it, the bridge and the workers send is kept as it comes, what its REST API
and its event log tell at the end of each phase is added, all of it is scrubbed, and the labels lie beside it.
"""

import argparse
import asyncio
import base64
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from tests.corpus.driver import drive
from tests.corpus.plan import CRASHES, PHASES, Case, plan
from tests.corpus.receiver import Receiver, receiving
from tests.corpus.recording import CALLBACK, EXECUTION, LOG_LINE, OTLP, RECORDED, Recorded, write
from tests.corpus.scrub import scrubbed_execution, scrubbed_line, scrubbed_otlp
from tests.corpus.truth import labels_of, story_of_document
from tests.stack.n8n_api import N8nApi
from tests.stack.n8n_process import N8nProcess
from tests.stack.redis_process import RedisProcess
from tests.stack.services import Services
from tests.stack.workflows import provision

BASE_URL: Final = "http://n8n.test"
"""What n8n is called in the recording, in place of its port of that day."""
KILL_AFTER_S: Final = 5.0
QUIET_S: Final = 8.0
"""Longer than any batch of telemetry waits to be sent, and than a worker's retries are apart."""
SETTLE_S: Final = 240.0
GOING_ON: Final = ("new", "running", "waiting")
EVENTS: Final = ("n8n.workflow.", "n8n.node.", "n8n.queue.")
"""Audit events tell of users: they stay out."""


class Recorder:
    """The stack of one recording, and what it has told so far."""

    def __init__(self, folder: Path, receiver: Receiver, out: Console) -> None:
        self._out = out
        self.receiver = receiver
        with ExitStack() as parts:
            self.redis = RedisProcess(folder)
            parts.callback(self.redis.process.stop)
            self.services = Services(folder, self.redis.url, receiver.url)
            parts.callback(self.services.stop)
            self.n8n = N8nProcess(folder / "n8n")
            parts.callback(self.n8n.stop)
            self._parts = parts.pop_all()
        self.api = N8nApi(self.n8n.url)
        self.executions: dict[str, Any] = {}
        self._started: list[str] = []  # that may go on still
        self._answered: list[str] = []  # of this phase: n8n's list leaves out some of a killed worker's
        self.events: dict[str, str] = {}

    def record(self, phase: str, cases: Sequence[Case]) -> None:
        """Start n8n as the phase asks, drive its cases, and keep what n8n says of them afterwards."""
        self._out.print(f"{phase}: {len(cases)} executions ...")
        started = time.monotonic()
        is_queued = phase in ("queue", "worker_kill")
        redis_port = self.redis.port if is_queued else None
        self.n8n.start(self.receiver.url, is_traced=phase != "untraced", redis_port=redis_port)
        self._log_in()
        self._started = self._answered = self._drive(phase, cases)
        self._break(phase, cases)
        self._settle()
        self._keep()
        self.n8n.stop()
        self._out.print(f"{phase}: {time.monotonic() - started:.0f} s, {len(self.executions)} executions so far")

    def _drive(self, phase: str, cases: Sequence[Case]) -> list[str]:
        """All at once where n8n is to be killed; else some at a time, and those that kill workers one by one, after the others."""
        if phase in CRASHES:
            return asyncio.run(drive(cases, self.api, at_once=len(cases)))
        deadly = [case for case in cases if case.fault == "poison_job"]
        started = asyncio.run(drive([case for case in cases if case not in deadly], self.api))
        self._settle()
        return started + asyncio.run(drive(deadly, self.api, at_once=1))

    def stop(self) -> None:
        """End all that it started."""
        self._parts.close()

    def _log_in(self) -> None:
        is_new = not self.api.key
        self.api.log_in()
        if is_new:
            provision(self.api, self.services.bridge_url, self.receiver.callbacks_url)

    def _break(self, phase: str, cases: Sequence[Case]) -> None:
        """What is done to a phase's executions once all have been started."""
        if phase == "kill" and self.n8n.main is not None:
            time.sleep(KILL_AFTER_S)
            self.n8n.main.kill()
            self.n8n.start()
        if phase == "worker_kill" and self.n8n.worker is not None:
            time.sleep(KILL_AFTER_S)
            self.n8n.worker.kill()
            self.n8n.start_worker(self.redis.port)
        retried = {case.story for case in cases if case.breakage == "api_retry"}
        if retried:
            self._settle()
            self._retry(retried)

    def _retry(self, stories: set[str]) -> None:
        for listed in self.api.executions(status="error"):
            if listed["mode"] == "webhook" and story_of_document(self.api.execution(listed["id"])) in stories:
                self.api.retry(listed["id"])

    def _settle(self) -> None:
        """Return once nothing has run or arrived for QUIET_S; after SETTLE_S in any case."""
        deadline, still_since, before = time.monotonic() + SETTLE_S, time.monotonic(), -1
        while time.monotonic() < min(deadline, still_since + QUIET_S):
            is_busy = self._is_busy()
            arrived = sum(request.signal != "metrics" for request in self.receiver.requests)
            if is_busy or arrived != before:
                still_since, before = time.monotonic(), arrived
            time.sleep(1)

    def _is_busy(self) -> bool:
        """Whether an execution goes on. n8n does not list those of a killed worker until it has given them up."""
        self._started = [each for each in self._started if self.api.execution(each)["status"] in GOING_ON]
        return bool(self._started) or any(self.api.executions(status=status) for status in ("running", "waiting"))

    def _keep(self) -> None:
        listed = [each["id"] for each in self.api.executions()]
        for execution_id in dict.fromkeys((*listed, *self._answered)):
            if execution_id not in self.executions:
                self.executions[execution_id] = self.api.execution(execution_id)
        for file in self.n8n.event_logs():
            for line in file.read_text(encoding="utf-8").splitlines():
                self._keep_event(line)

    def _keep_event(self, line: str) -> None:
        try:
            event = json.loads(line)
        except ValueError:  # the line that a kill -9 cut short
            return
        if str(event.get("eventName", "")).startswith(EVENTS):
            self.events[event["id"]] = line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=RECORDED, help="folder to write to")
    parser.add_argument("--phases", nargs="*", default=list(PHASES), choices=list(PHASES), help="only these")
    parser.add_argument("--keep", type=Path, help="folder for the logs of the processes; default: a temporary one")
    options = parser.parse_args()
    out = Console()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="corpus-"))
    cases = [case for case in plan() if case.phase in options.phases]
    with receiving() as receiver:
        recorder = Recorder(folder, receiver, out)
        try:
            for phase in options.phases:
                recorder.record(phase, [case for case in cases if case.phase == phase])
        finally:
            recorder.stop()
    labels = labels_of(cases, recorder.executions, recorder.services.truth())
    write(_recorded(recorder), labels, options.out)
    out.print(f"{len(labels)} stories, {len(recorder.executions)} executions in {options.out}")


def _recorded(recorder: Recorder) -> Iterator[Recorded]:
    for request in recorder.receiver.requests:
        if request.signal != "metrics":
            body = base64.b64encode(scrubbed_otlp(request.signal, request.body)).decode()
            yield Recorded(OTLP, request.arrival_unix_nano, {"signal": request.signal, "body": body})
    for callback in recorder.receiver.callbacks:
        content = {"workflow_id": callback.workflow_id, "traceparent": callback.traceparent}
        document = scrubbed_execution(callback.document)
        yield Recorded(CALLBACK, callback.arrival_unix_nano, {**content, "document": document})
    for document in recorder.executions.values():
        content = {"base_url": BASE_URL, "document": scrubbed_execution(document)}
        yield Recorded(EXECUTION, _unix_nano(document.get("stoppedAt") or document["createdAt"]), content)
    for line in recorder.events.values():
        yield Recorded(LOG_LINE, _unix_nano(json.loads(line)["ts"]), {"text": scrubbed_line(line)})


def _unix_nano(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1_000) * 1_000_000


if __name__ == "__main__":
    main()
