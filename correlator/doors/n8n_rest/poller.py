"""The reconciler's loop: look, repair, remember, wait; and what it tells of itself."""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from typing import Final

import structlog

from correlator.doors.n8n_rest.client import N8nClient, Refusal
from correlator.doors.n8n_rest.document import Listed
from correlator.doors.n8n_rest.due import oldest_due_unix_nano
from correlator.doors.n8n_rest.ledger import Ledger, State
from correlator.doors.n8n_rest.listing import Walk
from correlator.doors.n8n_rest.repair import Repair, Submit
from correlator.doors.n8n_rest.told import Done
from correlator.doors.n8n_rest.translate import Instance
from correlator.errors import CorrelatorError
from correlator.model.execution import ExecutionState
from correlator.store.contract import Reader
from correlator.telemetry.metrics import EngineMetrics

PAGES_PER_TURN: Final = 20  # of 250 rows: 5,000 executions
LONGEST_WAIT_S: Final = 60.0  # between turns while n8n does not answer
LONGEST_ASKED_WAIT_S: Final = 300.0  # that n8n may ask for
TURN_PER_INTERVAL: Final = 3.0  # a turn that has much to repair lasts so many intervals, then looks at the lists again

log = structlog.get_logger()

OnExecution = Callable[[ExecutionState], None]


@dataclass(frozen=True, slots=True)
class Schedule:
    """Seconds: between turns, how far a first start looks back, how long n8n's own spans are waited for."""

    interval_s: float = 10.0
    lookback_s: float = 3_600.0
    grace_s: float = 15.0


class Poller:
    """Asks n8n turn by turn, in a thread of its own; a turn never raises. `on_execution` is told of every change seen.

    Everything of an execution is durable before the ledger says that it was sent, so that a crash sends it again at worst,
    under the same ids.
    """

    def __init__(
        self,
        client: N8nClient,
        reader: Reader,
        submit: Submit,
        ledger: Ledger,
        metrics: EngineMetrics,
        instance: Instance,
        schedule: Schedule,
        *,
        on_execution: OnExecution = lambda state: None,
        clock_unix_nano: Callable[[], int] = time.time_ns,
    ) -> None:
        self._client = client
        self._ledger = ledger
        self._metrics = metrics
        self._instance = instance
        self._schedule = schedule
        self._on_execution = on_execution
        self._clock = clock_unix_nano
        self._stopping = threading.Event()
        self._repair = Repair(
            client,
            reader,
            submit,
            instance,
            self._note_done,
            grace_s=schedule.grace_s,
            since_unix_nano=clock_unix_nano(),
            is_stopping=self._is_stopping,
        )
        self._state: State | None = None
        self._trouble: str | None = None
        self._failures = 0
        self._last_success_unix_nano = 0
        self._oldest_due_unix_nano: int | None = None
        metrics.n8n_last_success.set_function(lambda: self._last_success_unix_nano / 1e9)
        metrics.stage_lag.labels("n8n_rest").set_function(self._lag_s)

    def run(self, stopping: threading.Event) -> None:
        """Turn until `stopping` is set; the request at hand is finished."""
        self._stopping = stopping
        while not stopping.is_set():
            wait_s = self.turn()
            stopping.wait(wait_s)
        self._client.close()

    def describe(self) -> str:
        """In a few words, without a secret: how n8n does."""
        return self._trouble or ("answering" if self._last_success_unix_nano else "not asked yet")

    def turn(self) -> float:
        """One look at n8n. Returns the seconds until the next."""
        try:
            refusal = self._look_and_repair()
        except (CorrelatorError, FutureTimeout, OSError) as error:  # the engine's own side is busy or full
            return self._failed("engine", f"the engine could not record: {type(error).__name__}", "", None)
        except Exception as error:  # the process's own loop: counted and logged, and tried again
            log.error("n8n_turn_failed", error_type=type(error).__name__, exc_info=True)
            return self._failed("bug", f"a turn ended with {type(error).__name__}", "", None)
        if refusal is not None:
            return self._failed(refusal.reason, refusal.detail, refusal.remedy, refusal.retry_after_s)
        return self._succeeded()

    def _look_and_repair(self) -> Refusal | None:
        now = self._clock()
        state = self._state = self._state or self._ledger.load(self._instance.name) or self._first_state(now)
        walk = Walk(self._client, state, PAGES_PER_TURN, self._is_stopping)
        refusal = walk.run()
        self._metrics.n8n_executions.labels("gone").inc(walk.gone)
        for row in walk.changed:
            self._on_execution(_seen(row))
        try:
            if refusal is None:
                until_s = time.monotonic() + self._schedule.interval_s * TURN_PER_INTERVAL
                refusal = self._repair.run(state, now, until_s)
        finally:
            self._ledger.save(state)
            self._oldest_due_unix_nano = oldest_due_unix_nano(state)
            self._metrics.n8n_open.set(len(state.open))
        return refusal

    def _first_state(self, now_unix_nano: int) -> State:
        return State(self._instance.name, now_unix_nano - int(self._schedule.lookback_s * 1e9))

    def _note_done(self, done: Done) -> None:
        self._metrics.n8n_executions.labels(done.outcome).inc()
        if done.state is not None:
            self._on_execution(done.state)

    def _succeeded(self) -> float:
        if self._trouble is not None:
            log.info("n8n_answers_again", base_url=self._instance.name, failed_turns=self._failures)
        self._trouble, self._failures = None, 0
        self._last_success_unix_nano = self._clock()
        return self._schedule.interval_s

    def _failed(self, reason: str, detail: str, remedy: str, retry_after_s: float | None) -> float:
        """Told once while it lasts; waited for longer and longer."""
        self._metrics.n8n_failed_turns.labels(reason).inc()
        trouble = f"{reason}: {detail}"
        if trouble != self._trouble:
            log.warning(
                "n8n_does_not_answer", base_url=self._instance.name, reason=reason, detail=detail, remedy=remedy
            )
        self._trouble = trouble
        self._failures += 1
        wait_s = min(self._schedule.interval_s * 2.0 ** min(self._failures - 1, 10), LONGEST_WAIT_S)
        wait_s = max(wait_s, self._schedule.interval_s) * random.uniform(0.8, 1.2)
        return max(wait_s, min(retry_after_s or 0.0, LONGEST_ASKED_WAIT_S))

    def _is_stopping(self) -> bool:
        return self._stopping.is_set()

    def _lag_s(self) -> float:
        """How long ago the execution ended that waits longest to be dealt with, grace included; 0 when none waits."""
        oldest = self._oldest_due_unix_nano
        return 0.0 if oldest is None else max(0.0, (self._clock() - oldest) / 1e9)


def _seen(row: Listed) -> ExecutionState:
    return ExecutionState(
        workflow_id=row.workflow_id,
        execution_id=row.execution_id,
        status=row.status,
        started_unix_nano=row.started_unix_nano,
        stopped_unix_nano=row.stopped_unix_nano,
    )
