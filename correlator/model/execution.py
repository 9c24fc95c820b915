"""An n8n execution as one source told of it at one time: what a status tracker follows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExecutionState:
    """What is known of one execution. `status` is n8n's own word: new | running | waiting | success | error | crashed | canceled.

    Times are unix nanoseconds, None where n8n names none (not started, not stopped). `trace_id` is lowercase hex, None where
    the source does not know it. `error_message` is bounded and free of secrets; empty unless the execution failed.
    """

    workflow_id: str
    execution_id: str
    status: str
    started_unix_nano: int | None = None
    stopped_unix_nano: int | None = None
    trace_id: str | None = None
    error_message: str = ""
