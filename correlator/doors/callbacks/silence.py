"""The edge: executions are recalled after a restart; then a thread tells of those that have been silent for too long."""

import time
from collections.abc import Callable
from threading import Event
from typing import Final

import structlog

from correlator.doors.callbacks.otlp import timeout_request
from correlator.errors import CorrelatorError
from correlator.pipeline.record import Recorder
from correlator.pipeline.workflows.executions import Executions
from correlator.pipeline.workflows.recall_executions import recall_executions
from correlator.store.contract import Reader

log = structlog.get_logger()

TURN_S: Final = 5.0  # a timeout of 30 minutes is told within 5 s
TURNS_A_TIMEOUT: Final = 10  # a shorter one within a tenth of itself
GRACE_S: Final = 60.0
"""After a start: time for senders to send again what met no engine, before their silence is told."""
ANSWER_S: Final = 30.0  # for a record to become durable
WAKE_S: Final = 0.1  # between two looks whether to stop, while all is recalled


class SilenceWatch:
    """Records each timeout once, also across restarts. `follow` is for one thread, `run` for another; both end when told to stop.

    `asks_n8n`: executions are told of by n8n's database too, so that what it told is recalled as well.
    """

    def __init__(
        self,
        reader: Reader,
        recorder: Recorder,
        executions: Executions,
        clock_unix_nano: Callable[[], int] = time.time_ns,
        *,
        asks_n8n: bool = False,
    ) -> None:
        self._asks_n8n = asks_n8n
        self._reader = reader
        self._recorder = recorder
        self._executions = executions
        self._clock = clock_unix_nano
        self._has_recalled = Event()

    def follow(self, stop: Event) -> None:
        """Recall until that has succeeded. An error ends a try, never the loop."""
        while not stop.is_set() and not self._attempt("executions_not_recalled", lambda: self.recall(stop)):
            stop.wait(TURN_S)
        self._has_recalled.set()

    def recalled(self) -> None:
        """Somebody else has told `executions` what is on record."""
        self._has_recalled.set()

    def run(self, stop: Event) -> None:
        """Wait until all is recalled, and for the grace; then look until `stop` is set. An error ends its turn, never the loop."""
        while not stop.is_set() and not self._has_recalled.wait(WAKE_S):
            pass
        timeout_s = self._executions.limits.timeout_s
        stop.wait(min(GRACE_S, timeout_s))
        while not stop.is_set():
            self._attempt("timeouts_not_told", lambda: self.turn(stop.is_set))
            stop.wait(min(TURN_S, timeout_s / TURNS_A_TIMEOUT))

    def recall(self, stop: Event) -> None:
        """Count what is on record."""
        recalled = recall_executions(
            self._reader, self._executions, self._clock(), stop.is_set, with_workflow_spans=self._asks_n8n
        )
        if recalled:
            log.info("executions_recalled", records=recalled)

    def turn(self, should_stop: Callable[[], bool] = lambda: False) -> int:
        """Tell of those silent for too long, until it should stop; how many.

        Raises what recording raises; what was not told is told next time.
        """
        told = 0
        for each in self._executions.newly_silent():
            if should_stop():
                break
            request = timeout_request(each, self._executions.limits.timeout_nano).SerializeToString()
            self._recorder.submit(request, "logs", "protobuf").result(ANSWER_S)
            self._executions.timed_out(each)
            log.info("execution_timed_out", workflow_id=each.workflow_id, execution_id=each.execution_id)
            told += 1
        return told

    def _attempt(self, failure: str, work: Callable[[], object]) -> bool:
        try:
            work()
        except (CorrelatorError, TimeoutError) as error:
            log.warning(failure, reason=type(error).__name__)
        except Exception:
            log.exception(failure)
        else:
            return True
        return False
