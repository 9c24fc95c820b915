"""The status of an execution: what is left of everything heard of it, in whatever order it came.

Each field is a maximum or a minimum over the observations, so that doubles, late ones and any order give the same.

| so far         | started, running, waiting | completed | failed | canceled | silent for the timeout |
|----------------|---------------------------|-----------|--------|----------|------------------------|
| nothing        | as told                   | completed | failed | canceled | -                      |
| started        | the later word            | completed | failed | canceled | timed_out              |
| running        | the later word            | completed | failed | canceled | timed_out              |
| waiting        | the later word            | completed | failed | canceled | waiting                |
| timed_out      | as told, where it is new  | completed | failed | canceled | timed_out              |
| completed      | completed                 | completed | failed | canceled | completed              |
| failed         | failed                    | failed    | failed | canceled | failed                 |
| canceled       | canceled                  | canceled  | canceled | canceled | canceled             |

Why failed outlives completed, whichever came first: a worker that finishes a job after n8n gave up on it does not mend the
execution, and one that fails after n8n said success is the failure that nobody else sees; a retry has an id of its own.
Why canceled outlives failed: n8n runs the Error Trigger for a canceled execution too, and only its database tells the two
apart. Only callbacks are signs of life: n8n's database says "running" of what hangs as well. What waits may wait.
"""

from dataclasses import dataclass, replace
from typing import Final

from correlator.workflows.observation import Observation

_ORDER: Final = ("started", "running", "waiting", "completed", "failed", "canceled")
"""Of two words with one time, the later here counts."""
_ENDS: Final = {"completed": 1, "failed": 2, "canceled": 3}
"""States that end an execution, and which of two ends counts; all others are 0."""
TIMED_OUT: Final = "timed_out"
SHOWN: Final = 500
"""Characters of a message that a status keeps, the record has all of it: with the rest of a status 1 to 2 KB."""
MAY_BE_SILENT: Final = "waiting"


@dataclass(frozen=True, slots=True)
class ExecutionStatus:
    """What is known of one execution. Times are unix nanoseconds.

    `state` is started | running | waiting | completed | failed | canceled; `as_of` says timed_out, which depends on now.
    """

    workflow_id: str
    execution_id: str
    state: str
    state_unix_nano: int  # when that was so, by who told it
    started_unix_nano: int  # the earliest time told
    heard_unix_nano: int  # the latest time told, by anyone
    alive_unix_nano: int = 0  # the latest time a callback told; 0: none did
    trace_id: str = ""
    progress: float | None = None
    progress_unix_nano: int = 0
    message: str = ""
    message_unix_nano: int = 0
    error_type: str = ""
    error_message: str = ""
    told_silent_unix_nano: int = 0  # the alive_unix_nano whose timeout is on record

    @property
    def is_ended(self) -> bool:
        return self.state in _ENDS

    def is_silent(self, now_unix_nano: int, timeout_nano: int) -> bool:
        """Whether a callback began it and none came for `timeout_nano`, nor an end from anyone."""
        if self.is_ended or self.state == MAY_BE_SILENT or not self.alive_unix_nano:
            return False
        return now_unix_nano - self.alive_unix_nano >= timeout_nano

    def as_of(self, now_unix_nano: int, timeout_nano: int) -> "ExecutionStatus":
        """The same, or timed_out since the silence became too long."""
        if not self.is_silent(now_unix_nano, timeout_nano):
            return self
        return replace(self, state=TIMED_OUT, state_unix_nano=self.alive_unix_nano + timeout_nano)


def observe(known: ExecutionStatus | None, heard: Observation) -> ExecutionStatus:
    """The status after one more observation of the same execution."""
    return _alone(heard) if known is None else _join(known, _alone(heard))


def silence_told(known: ExecutionStatus, alive_unix_nano: int) -> ExecutionStatus:
    """The same, with the timeout of the silence since `alive_unix_nano` on record."""
    return replace(known, told_silent_unix_nano=max(known.told_silent_unix_nano, alive_unix_nano))


def _alone(heard: Observation) -> ExecutionStatus:
    """The status where nothing else was heard."""
    time_unix_nano = heard.time_unix_nano
    return ExecutionStatus(
        workflow_id=heard.workflow_id,
        execution_id=heard.execution_id,
        state=heard.state,
        state_unix_nano=time_unix_nano,
        started_unix_nano=heard.started_unix_nano or time_unix_nano,
        heard_unix_nano=time_unix_nano,
        alive_unix_nano=time_unix_nano if heard.is_sign_of_life else 0,
        trace_id=heard.trace_id,
        progress=heard.progress,
        progress_unix_nano=time_unix_nano if heard.progress is not None else 0,
        message=heard.message[:SHOWN],
        message_unix_nano=time_unix_nano if heard.message else 0,
        error_type=heard.error_type,
        error_message=heard.error_message[:SHOWN],
    )


def _join(a: ExecutionStatus, b: ExecutionStatus) -> ExecutionStatus:
    """Commutative, associative, idempotent."""
    outcome, further, spoken = max(a, b, key=_outcome), max(a, b, key=_progress), max(a, b, key=_message)
    return ExecutionStatus(
        workflow_id=a.workflow_id,
        execution_id=a.execution_id,
        state=outcome.state,
        state_unix_nano=outcome.state_unix_nano,
        started_unix_nano=min(a.started_unix_nano, b.started_unix_nano),
        heard_unix_nano=max(a.heard_unix_nano, b.heard_unix_nano),
        alive_unix_nano=max(a.alive_unix_nano, b.alive_unix_nano),
        trace_id=_first_named(a.trace_id, b.trace_id),
        progress=further.progress,
        progress_unix_nano=further.progress_unix_nano,
        message=spoken.message,
        message_unix_nano=spoken.message_unix_nano,
        error_type=outcome.error_type,
        error_message=outcome.error_message,
        told_silent_unix_nano=max(a.told_silent_unix_nano, b.told_silent_unix_nano),
    )


def _outcome(status: ExecutionStatus) -> tuple[int, bool, int, int, str, str]:
    """Of two failures the one that says why, then the later."""
    rank, order, why = _ENDS.get(status.state, 0), _ORDER.index(status.state), status.error_message
    return rank, bool(why), status.state_unix_nano, order, why, status.error_type


def _progress(status: ExecutionStatus) -> tuple[int, float]:
    return status.progress_unix_nano, -1.0 if status.progress is None else status.progress


def _message(status: ExecutionStatus) -> tuple[int, str]:
    return status.message_unix_nano, status.message


def _first_named(a: str, b: str) -> str:
    """Of two trace ids the smaller, so that order does not matter: an execution has one, but for a Wait that lost it."""
    return min(a or b, b or a)
