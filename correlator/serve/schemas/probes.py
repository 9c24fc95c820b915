"""What machines ask of the engine itself."""

from pydantic import BaseModel, Field

from correlator.serve.schemas.schema import Schema


class Alive(BaseModel):
    """The process answers."""

    status: str = Field(description="Always ok.", examples=["ok"])


class DependencyState(Schema):
    """How one dependency is."""

    ok: bool = Field(description="Whether it works now.", examples=[True])
    detail: str = Field(description="What was seen.", examples=["3 segments, 1200 records in the head"])


class Readiness(BaseModel):
    """Whether the engine can do its work, and each thing it needs for that."""

    ready: bool = Field(description="Whether all of them work.", examples=[True])
    dependencies: dict[str, DependencyState] = Field(description="By name: store, doors, watch, patterns.")
