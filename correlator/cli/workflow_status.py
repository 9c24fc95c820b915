"""What the API answers of a workflow, as values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExecutionAnswer:
    """One execution. Times are unix nanoseconds."""

    execution_id: str
    state: str
    state_unix_nano: int
    started_unix_nano: int
    heard_unix_nano: int
    trace_id: str | None
    progress: float | None
    message: str
    error_type: str
    error_message: str


@dataclass(frozen=True, slots=True)
class WorkflowAnswer:
    """The latest executions of a workflow, the last heard of first."""

    workflow_id: str
    executions: tuple[ExecutionAnswer, ...]
