"""Reports on objectives that are written by themselves."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from correlator.settings.units import Duration, Section


class ReportSettings(Section):
    """Reports on objectives: a folder for each finished day, week and month, with a page for each objective."""

    folder: Path | None = Field(
        default=None, description="Where they are written; `reports` in `data_dir` where not set."
    )
    periods: tuple[Literal["day", "week", "month"], ...] = Field(
        default=("day", "week", "month"),
        description="Which are written; none with `[]`. Weeks are ISO weeks, all are UTC.",
    )
    formats: tuple[Literal["json", "markdown", "html"], ...] = Field(
        default=("html", "json"), min_length=1, description="As what: json, markdown, html."
    )
    settle: Duration = Field(
        default="15m",
        ge=0,
        description="So long after its end a day is written: records come late, and n8n is asked later.",
    )  # type: ignore[assignment]
