"""How far a story is looked for."""

from pydantic import Field

from correlator.settings.units import Duration, Section


class StitchSettings(Section):
    """How far the traces of one story are looked for."""

    window: Duration = Field(
        default="24h",
        gt=0,
        description="Before and after a trace, for records that share an id with it: jobs are retried late.",
    )  # type: ignore[assignment]
    payload_window: Duration = Field(
        default="5m", gt=0, description="The same, for records that share no id, but a payload."
    )  # type: ignore[assignment]
    max_traces: int = Field(default=200, ge=1, le=1000, description="Traces that are read for one story.")
    records_per_key: int = Field(
        default=1_000, ge=1, description="An id that more records carry is too common to join by."
    )
    records_per_payload: int = Field(
        default=100, ge=1, description="A payload that more records carry is too common to join by."
    )
