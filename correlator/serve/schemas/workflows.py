"""What the API answers of workflows: callbacks taken, executions and their states."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from correlator.serve.schemas.fields import ERROR_TYPE, MESSAGE, TIME, TRACE_ID
from correlator.serve.schemas.schema import Schema

EXECUTION_ID = Field(description="n8n's execution id.", examples=["1042"])


def _none_where_empty(text: Any) -> Any:
    return text or None


class CallbackAcceptance(Schema):
    """A callback that is on record."""

    accepted: bool = Field(description="Always true: what is not taken is answered as a problem.", examples=[True])
    execution_id: str | None = Field(
        description="n8n's execution id; null where a trigger failed before there was one.", examples=["1042"]
    )
    trace_id: str | None = Field(
        description="From the body, else from the traceparent header; null where neither names one.",
        examples=[TRACE_ID],
    )
    duplicate: bool = Field(description="It was on record before: nothing has changed.", examples=[False])


class ExecutionStatus(Schema):
    """What is known of one execution."""

    execution_id: str = EXECUTION_ID
    state: str = Field(
        description="started, running, waiting, completed, failed, timed_out or canceled.", examples=["running"]
    )
    state_unix_nano: int = Field(description="Since when, as it was told.", examples=[TIME])
    started_unix_nano: int = Field(description="The earliest time told of it.", examples=[TIME])
    heard_unix_nano: int = Field(description="The latest time told of it.", examples=[TIME])
    trace_id: Annotated[str | None, BeforeValidator(_none_where_empty)] = Field(
        description="Its trace; null where nobody told it.", examples=[TRACE_ID]
    )
    progress: float | None = Field(description="The latest told, 0 to 1.", examples=[0.4])
    message: str = Field(description="The latest word to people; empty without one.", examples=["40 of 100 rendered"])
    error_type: str = ERROR_TYPE
    error_message: str = MESSAGE


class WorkflowStatus(Schema):
    """The latest executions of one workflow."""

    workflow_id: str = Field(description="n8n's workflow id.", examples=["o5hk1XXMYgFGUrZ1"])
    executions: tuple[ExecutionStatus, ...] = Field(description="The last heard of first.")
