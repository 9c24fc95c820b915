"""Incidents: causes with all their victims."""

from pydantic import Field, computed_field

from correlator.serve.schemas.fields import FINGERPRINT, NEXT_CURSOR, SERVICES, TIME, TRACE_IDS
from correlator.serve.schemas.findings import Finding
from correlator.serve.schemas.rfc3339 import rfc3339
from correlator.serve.schemas.schema import Schema


class Incident(Schema):
    """One cause and all its victims, from its first failure until it has been quiet."""

    key: str = Field(
        description="`{cause fingerprint}-{ordinal}`: the same everywhere.", examples=["e1-5d41402abc4b2a76-1"]
    )
    cause_fingerprint: str = FINGERPRINT
    state: str = Field(description="open or resolved.", examples=["open"])
    severity: str = Field(description="critical, error, warning or info.", examples=["error"])
    title: str = Field(description="One line.", examples=["invoice-worker: ValueError in process invoice"])
    opened_at_unix_nano: int = Field(description="First failure, unix nanoseconds.", examples=[TIME])
    last_seen_unix_nano: int = Field(description="Newest failure, unix nanoseconds.", examples=[TIME + 60_000_000_000])
    resolved_at_unix_nano: int | None = Field(description="When it became quiet; null while open.", examples=[None])
    failures: int = Field(description="Traces that failed by this cause.", examples=[12])
    services: tuple[str, ...] = SERVICES
    systems: tuple[str, ...] = Field(description="The tiers that took part.", examples=[["n8n", "bridge", "worker"]])
    workflows: tuple[str, ...] = Field(description="The workflows that failed.", examples=[["Invoice intake"]])
    trace_ids: tuple[str, ...] = TRACE_IDS
    root_cause: Finding = Field(description="Why.")
    previous: str | None = Field(description="Key of the resolved incident with the same cause.", examples=[None])
    counted_by_signature: int = Field(
        description="Of `failures`: those not investigated, whose errors are the same as those of traces that were.",
        examples=[0],
    )

    @computed_field(description="First failure, RFC 3339.", examples=["2026-01-31T12:00:00Z"])  # type: ignore[prop-decorator]
    @property
    def opened_at(self) -> str:
        return rfc3339(self.opened_at_unix_nano)

    @computed_field(description="When it became quiet, RFC 3339; null while open.", examples=[None])  # type: ignore[prop-decorator]
    @property
    def resolved_at(self) -> str | None:
        return None if self.resolved_at_unix_nano is None else rfc3339(self.resolved_at_unix_nano)


class IncidentPage(Schema):
    """Incidents, newest opened first."""

    incidents: tuple[Incident, ...] = Field(description="At most `limit`.")
    next_cursor: str | None = NEXT_CURSOR
