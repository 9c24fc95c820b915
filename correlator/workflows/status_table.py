"""The latest executions of each workflow, bounded by age and number, and those that have been silent for too long."""

from collections.abc import Iterator
from dataclasses import dataclass

from correlator.workflows.observation import Observation
from correlator.workflows.status import ExecutionStatus, observe, silence_told


@dataclass(frozen=True, slots=True)
class TableLimits:
    """Where the table ends. An execution is forgotten `ttl_s` after it was last heard of."""

    timeout_s: float
    ttl_s: float
    workflows: int
    executions: int  # of one workflow

    @property
    def timeout_nano(self) -> int:
        return int(self.timeout_s * 1e9)

    @property
    def ttl_nano(self) -> int:
        return int(self.ttl_s * 1e9)


@dataclass(frozen=True, slots=True)
class Change:
    """What an observation did. `before` is None for an execution not known until then."""

    before: ExecutionStatus | None
    after: ExecutionStatus

    @property
    def is_new_state(self) -> bool:
        return self.before is None or self.before.state != self.after.state


class StatusTable:
    """Holds `limits.workflows` times `limits.executions` statuses at most.

    Over either bound, the workflow or execution that was heard of least lately goes. Not safe from several threads.
    """

    def __init__(self, limits: TableLimits) -> None:
        self.limits = limits
        self._workflows: dict[str, dict[str, ExecutionStatus]] = {}
        self._heard: dict[str, int] = {}  # of each workflow the latest time: to look for it anew would take 20 ms

    def observe(self, heard: Observation) -> Change:
        """Count one observation; a double changes nothing."""
        executions = self._workflows.setdefault(heard.workflow_id, {})
        before = executions.get(heard.execution_id)
        after = executions[heard.execution_id] = observe(before, heard)
        if len(executions) > self.limits.executions:
            del executions[min(executions.values(), key=_heard).execution_id]
        self._heard[heard.workflow_id] = max(self._heard.get(heard.workflow_id, 0), after.heard_unix_nano)
        if len(self._workflows) > self.limits.workflows:
            self._drop(min(self._workflows, key=self._workflow_heard))
        return Change(before, after)

    def told_silent(self, workflow_id: str, execution_id: str, alive_unix_nano: int) -> None:
        """Note that the timeout of this silence is on record; nothing for an execution that is not known."""
        executions = self._workflows.get(workflow_id, {})
        if execution_id in executions:
            executions[execution_id] = silence_told(executions[execution_id], alive_unix_nano)

    def executions_of(self, workflow_id: str, now_unix_nano: int) -> tuple[ExecutionStatus, ...]:
        """Those not forgotten, the last heard first, ties by id."""
        self._forget(workflow_id, now_unix_nano)
        return tuple(sorted(self._workflows.get(workflow_id, {}).values(), key=_newest_first))

    def ended(self) -> tuple[ExecutionStatus, ...]:
        """All whose end was told."""
        return tuple(each for each in self._statuses() if each.is_ended)

    def newly_silent(self, now_unix_nano: int) -> tuple[ExecutionStatus, ...]:
        """Executions whose silence is a timeout by now and not on record, the longest silent first. Forgets what is old."""
        for workflow_id in list(self._workflows):
            self._forget(workflow_id, now_unix_nano)
        silent = (each for each in self._statuses() if each.is_silent(now_unix_nano, self.limits.timeout_nano))
        untold = (each for each in silent if each.told_silent_unix_nano < each.alive_unix_nano)
        return tuple(sorted(untold, key=lambda each: (each.alive_unix_nano, each.workflow_id, each.execution_id)))

    def counts(self) -> tuple[int, int]:
        """How many workflows, and how many executions in all."""
        return len(self._workflows), sum(len(executions) for executions in list(self._workflows.values()))

    def _forget(self, workflow_id: str, now_unix_nano: int) -> None:
        executions, oldest = self._workflows.get(workflow_id), now_unix_nano - self.limits.ttl_nano
        if executions is None:
            return
        for status in [each for each in executions.values() if each.heard_unix_nano <= oldest]:
            del executions[status.execution_id]
        if not executions:
            self._drop(workflow_id)

    def _drop(self, workflow_id: str) -> None:
        del self._workflows[workflow_id], self._heard[workflow_id]

    def _statuses(self) -> Iterator[ExecutionStatus]:
        return (status for executions in self._workflows.values() for status in executions.values())

    def _workflow_heard(self, workflow_id: str) -> tuple[int, str]:
        return self._heard[workflow_id], workflow_id


def _heard(status: ExecutionStatus) -> tuple[int, str]:
    return status.heard_unix_nano, status.execution_id


def _newest_first(status: ExecutionStatus) -> tuple[int, str]:
    return -status.heard_unix_nano, status.execution_id
