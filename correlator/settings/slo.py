"""Which objectives are in force, and where their events are."""

from pathlib import Path

from pydantic import Field

from correlator.settings.units import Duration, Section


class SloSettings(Section):
    """Service level objectives: OpenSLO files, and how often their events are counted."""

    folders: tuple[Path, ...] = Field(default=(), description="Folders of your own objectives.")
    shipped: bool = Field(default=True, description="Whether the ready-made objectives are in force, too.")
    interval: Duration = Field(default="10s", gt=0, description="How often new events are counted.")  # type: ignore[assignment]
