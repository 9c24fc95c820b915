"""Which rules for patterns are in force."""

from pathlib import Path

from pydantic import Field

from correlator.settings.units import Duration, Section


class PatternSettings(Section):
    """Rules that name known ways of failing."""

    folders: tuple[Path, ...] = Field(
        default=(), description="Folders of your own rules; changes in them are taken while the engine runs."
    )
    shipped: bool = Field(default=True, description="Whether the ready-made rules are in force, too.")
    reload_interval: Duration = Field(
        default="2s", gt=0, description="How often the folders are looked at; a change is taken once still for so long."
    )  # type: ignore[assignment]
