"""How often trace context arrives, and what mends it."""

from pydantic import Field

from correlator.serve.schemas.fields import TIME
from correlator.serve.schemas.schema import Schema


class Advice(Schema):
    """What to change so that trace context arrives."""

    system: str = Field(description="Where: n8n, bridge or worker.", examples=["n8n"])
    setting: str = Field(
        description="The environment variable, or the name in correlator.telemetry.",
        examples=["N8N_OTEL_TRACES_INJECT_OUTBOUND=true"],
    )
    because: str = Field(
        description="What was seen that says so.",
        examples=["12 requests came with x-n8n-execution-id and without traceparent"],
    )


class HopCoverage(Schema):
    """The calls of one system to the next."""

    hop: str = Field(
        description="n8n_to_bridge, bridge_to_queue, queue_to_worker or worker_to_callback.", examples=["n8n_to_bridge"]
    )
    calls: int = Field(description="How many.", examples=[100])
    arrived: int = Field(description="Those that came with the caller's trace context.", examples=[88])
    share: float | None = Field(
        description="`arrived` of `calls`, 0 to 1; null where there were none.", examples=[0.88]
    )
    joined_by: dict[str, int] = Field(
        description="The others by what joined them to their caller all the same.", examples=[{"execution_id": 12}]
    )
    not_joined: int = Field(description="Those that nothing joined to their caller.", examples=[0])
    advice: tuple[Advice, ...] = Field(description="What mends it, in the order in which to try it.")


class Propagation(Schema):
    """How often trace context arrives where one system calls another."""

    start_unix_nano: int = Field(description="Of traces from here, unix nanoseconds.", examples=[TIME])
    end_unix_nano: int = Field(description="And before this, unix nanoseconds.", examples=[TIME + 900_000_000_000])
    spans: int = Field(description="How many spans were looked at.", examples=[4200])
    is_sampled: bool = Field(description="Whether there were more.", examples=[False])
    hops: tuple[HopCoverage, ...] = Field(description="In the order of a story.")
