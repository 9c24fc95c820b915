"""Services, and who calls whom."""

from pydantic import Field

from correlator.serve.schemas.fields import COMPONENT, SYSTEM
from correlator.serve.schemas.schema import Schema


class Durations(Schema):
    """How long calls took, by nearest rank; 0 where there were none."""

    p50_nano: int = Field(description="Median, nanoseconds.", examples=[120_000_000])
    p95_nano: int = Field(description="95th percentile, nanoseconds.", examples=[250_000_000])
    p99_nano: int = Field(description="99th percentile, nanoseconds.", examples=[900_000_000])


class Service(Schema):
    """A service in a span of time."""

    service_name: str = COMPONENT
    system: str = SYSTEM
    spans: int = Field(description="How many spans it sent.", examples=[400])
    calls: int = Field(description="Those that another service, or nobody known, caused.", examples=[200])
    errors: int = Field(description="Calls that failed.", examples=[3])
    durations: Durations = Field(description="Of its calls.")


class ServiceList(Schema):
    """Services, by name."""

    services: tuple[Service, ...] = Field(description="All that sent spans in that time.")


class ServiceEdge(Schema):
    """Calls of one service to another, as the callee saw them."""

    caller: str = Field(description="The calling service.", examples=["bridge"])
    callee: str = Field(description="The called service.", examples=["invoice-worker"])
    connection: str = Field(description="call, or queue where a consumer took a job.", examples=["queue"])
    calls: int = Field(description="How many.", examples=[200])
    errors: int = Field(description="How many of them failed.", examples=[3])
    durations: Durations = Field(description="Of these calls.")


class ServiceGraph(Schema):
    """Which services call which."""

    nodes: tuple[Service, ...] = Field(description="By name.")
    edges: tuple[ServiceEdge, ...] = Field(description="By caller, callee and connection.")
