"""What goes out, field by field: Jaeger's JSON. Answers are written without them; OpenAPI shows them."""

from typing import Any, Literal

from pydantic import BaseModel, Field

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN_ID = "00f067aa0ba902b7"
MICROS = 1_769_860_800_000_000
TRACE = Field(description="32 hex digits; 16 where the others are zero.", examples=[TRACE_ID])


class JaegerTag(BaseModel):
    """An attribute."""

    key: str = Field(description="Its name.", examples=["http.response.status_code"])
    type: Literal["string", "bool", "int64", "float64"] = Field(
        description="Of the value; bytes are base64 texts, lists and maps JSON texts.", examples=["int64"]
    )
    value: Any = Field(description="An int64 beyond 2^53 is a text.", examples=[503])


class JaegerReference(BaseModel):
    """Another span that this one comes from."""

    refType: Literal["CHILD_OF", "FOLLOWS_FROM"] = Field(  # noqa: N815
        description="CHILD_OF of its parent, FOLLOWS_FROM of a link.", examples=["CHILD_OF"]
    )
    traceID: str = TRACE  # noqa: N815
    spanID: str = Field(description="16 hex digits.", examples=[SPAN_ID])  # noqa: N815


class JaegerLog(BaseModel):
    """An event of a span."""

    timestamp: int = Field(description="Unix microseconds.", examples=[MICROS])
    fields: list[JaegerTag] = Field(description="`event` is its name; then its attributes.")


class JaegerProcess(BaseModel):
    """Who sent spans."""

    serviceName: str = Field(description="The service.", examples=["bridge"])  # noqa: N815
    tags: list[JaegerTag] = Field(description="The other attributes of its resource.")


class JaegerSpan(BaseModel):
    """A span."""

    traceID: str = TRACE  # noqa: N815
    spanID: str = Field(description="16 hex digits.", examples=[SPAN_ID])  # noqa: N815
    operationName: str = Field(description="Its name.", examples=["POST /jobs/fail"])  # noqa: N815
    references: list[JaegerReference] = Field(description="Its parent first.")
    startTime: int = Field(description="Unix microseconds.", examples=[MICROS])  # noqa: N815
    duration: int = Field(description="Microseconds.", examples=[250_000])
    tags: list[JaegerTag] = Field(description="Its attributes, kind, status and scope, by key.")
    logs: list[JaegerLog] = Field(description="Its events.")
    processID: str = Field(description="Its sender, in `processes`.", examples=["p1"])  # noqa: N815
    warnings: list[str] | None = Field(description="What is odd about it.", examples=[None])


class JaegerTrace(BaseModel):
    """A trace."""

    traceID: str = TRACE  # noqa: N815
    spans: list[JaegerSpan] = Field(description="By start.")
    processes: dict[str, JaegerProcess] = Field(description="The senders, by the `processID` of their spans.")
    warnings: list[str] | None = Field(description="What a bound left out of it.", examples=[None])


class JaegerError(BaseModel):
    """What went wrong."""

    code: int | None = Field(default=None, description="The HTTP status, of a failure.", examples=[404])
    msg: str = Field(description="In words.", examples=["no trace 4bf92f3577b34da6a3ce929d0e0e4736"])


class JaegerOperation(BaseModel):
    """Something that a service does."""

    name: str = Field(description="The name of its spans.", examples=["POST /jobs/fail"])
    spanKind: str = Field(description="Their kind; empty where it was not told.", examples=["server"])  # noqa: N815


class JaegerDependency(BaseModel):
    """Calls of one service to another."""

    parent: str = Field(description="The caller.", examples=["n8n"])
    child: str = Field(description="The callee.", examples=["bridge"])
    callCount: int = Field(description="How many.", examples=[17])  # noqa: N815


class _Envelope(BaseModel):
    total: int = Field(description="Of names, how many; of traces 0, as in Jaeger.", examples=[0])
    limit: int = Field(description="Always 0, as in Jaeger.", examples=[0])
    offset: int = Field(description="Always 0, as in Jaeger.", examples=[0])
    errors: list[JaegerError] | None = Field(description="What is missing from `data`, or why there is none.")


class JaegerFailure(_Envelope):
    """No data, and why."""

    data: None = Field(description="Null.", examples=[None])


class JaegerNames(_Envelope):
    """Names of services or of operations."""

    data: list[str] = Field(description="In order.", examples=[["bridge", "n8n"]])


class JaegerOperations(_Envelope):
    """What a service does."""

    data: list[JaegerOperation] = Field(description="By name and kind.")


class JaegerTraces(_Envelope):
    """Traces, newest start first."""

    data: list[JaegerTrace] = Field(description="Each with its spans.")


class JaegerDependencies(_Envelope):
    """Who calls whom."""

    data: list[JaegerDependency] = Field(description="By parent and child.")
