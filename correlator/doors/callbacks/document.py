"""The two documents that the door takes, field by field. What else they hold is not looked at and never kept."""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

TRACE_ID: Final = "4bf92f3577b34da6a3ce929d0e0e4736"
MAX_INTEGER: Final = 2**63 - 1

IdText = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_:-]{0,127}$(?!\n)")
]  # $ stands before a last line break, too
IdNumber = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
Key = Annotated[str, Meta(min_length=1, max_length=256)]
Name = Annotated[str, Meta(min_length=1, max_length=255)]


class CallbackFailure(Struct, frozen=True):
    """Why an execution failed."""

    message: Annotated[str, Meta(description="What went wrong.", examples=["currency XXX is unknown"])]
    type: Annotated[str, Meta(description="The exception's or error's type.", examples=["ValueError"])] = ""
    stack: Annotated[str, Meta(description="Its stack trace.", examples=[""])] = ""
    node: Annotated[str, Meta(description="The n8n node that failed.", examples=["Call Bridge"])] = ""


class CallbackDocument(Struct, frozen=True):
    """One of the four kinds."""

    kind: Annotated[
        Literal["started", "progress", "completed", "failed"],
        Meta(description="What became of the execution.", examples=["failed"]),
    ]
    execution_id: Annotated[IdText | IdNumber, Meta(description="n8n's execution id.", examples=["1042"])]
    workflow_id: Annotated[
        IdText | IdNumber | None, Meta(description="As in the path, where it is given.", examples=["o5hk1XXMYgFGUrZ1"])
    ] = None
    timestamp: Annotated[
        Annotated[str, Meta(extra_json_schema={"format": "date-time"})] | IdNumber | None,
        Meta(
            description="When: RFC 3339 or unix nanoseconds; arrival where it is not given. Two equal callbacks without one are one.",
            examples=["2026-01-31T12:00:00Z"],
        ),
    ] = None
    trace_id: Annotated[
        Annotated[str, Meta(pattern=r"^(?!0{32}$)[0-9a-fA-F]{32}$(?!\n)")] | None,
        Meta(description="32 hexadecimal digits; else that of the traceparent header.", examples=[TRACE_ID]),
    ] = None
    job_id: Annotated[Key | None, Meta(description="The bridge's job.", examples=["26d96921"])] = None
    correlation_id: Annotated[Key | None, Meta(description="What the exchange is called.", examples=["order-7"])] = None
    progress: Annotated[
        Annotated[float, Meta(ge=0, le=1)] | None, Meta(description="Share done, 0 to 1.", examples=[0.4])
    ] = None
    message: Annotated[str | None, Meta(description="A word to people.", examples=["40 of 100 rendered"])] = None
    error: Annotated[CallbackFailure | None, Meta(description="Why it failed.")] = None
    result: Annotated[
        Any, Meta(description="What came of it; only its hash is kept, to join by.", examples=[{"rows": 100}])
    ] = None
    system: Annotated[
        Literal["n8n", "bridge", "worker", "other"] | None, Meta(description="The sender's tier.", examples=["worker"])
    ] = None
    service: Annotated[Name | None, Meta(description="The sender's name.", examples=["invoice-worker"])] = None


class FailedExecution(Struct, frozen=True, rename="camel"):
    """The execution that failed, as n8n describes it."""

    id: Annotated[
        IdText | IdNumber | None, Meta(description="n8n's execution id; none where it was not saved.", examples=["60"])
    ] = None
    url: Annotated[Any, Meta(description="Where n8n shows it.", examples=["http://127.0.0.1:5678/workflow/w/executions/60"])] = None  # fmt: skip
    error: Annotated[Any, Meta(description="n8n's error object.", examples=[{"message": "bridge exploded"}])] = None
    last_node_executed: Annotated[Any, Meta(description="The last node that ran.", examples=["Call Bridge"])] = None
    mode: Annotated[Any, Meta(description="What started it.", examples=["webhook"])] = None
    retry_of: Annotated[Any, Meta(description="The execution that it is a retry of.", examples=["59"])] = None


class FailedTrigger(Struct, frozen=True):
    """A trigger that failed before there was an execution."""

    error: Annotated[Any, Meta(description="n8n's error object.", examples=[{"message": "cannot poll"}])] = None
    mode: Annotated[Any, Meta(description="What started it.", examples=["trigger"])] = None


class FailedWorkflow(Struct, frozen=True):
    """The workflow that failed."""

    id: Annotated[IdText | IdNumber, Meta(description="n8n's workflow id.", examples=["o5hk1XXMYgFGUrZ1"])]
    name: Annotated[Any, Meta(description="Its name.", examples=["Invoice intake"])] = ""


class ErrorTriggerDocument(Struct, frozen=True):
    """What n8n's Error Trigger gives, as it gives it."""

    workflow: Annotated[FailedWorkflow, Meta(description="The workflow that failed.")]
    execution: Annotated[FailedExecution, Meta(description="The execution that failed.")] = FailedExecution()
    trigger: Annotated[FailedTrigger | None, Meta(description="Given where a trigger failed.")] = None


DOCUMENTS: Final = (CallbackDocument, ErrorTriggerDocument)


def json_schemas(ref_template: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema of a body, and the schemas that it refers to by `ref_template` with `{name}`."""
    documents, components = msgspec.json.schema_components(DOCUMENTS, ref_template=ref_template)
    components[ErrorTriggerDocument.__name__]["anyOf"] = [{"required": ["execution"]}, {"required": ["trigger"]}]
    return {"anyOf": list(documents)}, components
