"""Which objectives are in force, and where their events are."""

from pathlib import Path
from typing import Final

from pydantic import Field, field_validator

from correlator.settings.places import http_place, is_exposed, read_secret
from correlator.settings.units import Duration, Section

_EXAMPLE: Final = "http://127.0.0.1:9090"


class SloSettings(Section):
    """Service level objectives: OpenSLO files, and how often their events are counted."""

    folders: tuple[Path, ...] = Field(default=(), description="Folders of your own objectives.")
    shipped: bool = Field(default=True, description="Whether the ready-made objectives are in force, too.")
    interval: Duration = Field(default="10s", gt=0, description="How often new events are counted.")  # type: ignore[assignment]
    first_scrape: Duration = Field(
        default="1m",  # type: ignore[assignment]
        ge=0,
        description="How long new counters on /metrics stay at 0, so that Prometheus sees their first step; no less than its scrape interval.",
    )
    prometheus_url: str | None = Field(
        default=None, description=f"Where the Prometheus is that objectives over Prometheus ask, such as {_EXAMPLE}."
    )
    prometheus_token_file: Path | None = Field(
        default=None,
        description="File with what Prometheus asks for: a bearer token, or user:password; read anew for each request.",
    )
    prometheus_timeout: Duration = Field(default="10s", gt=0, description="How long Prometheus may take for an answer.")  # type: ignore[assignment]

    def prometheus_token(self) -> str:
        """The token, or user:password; empty where none is set. Raises SettingsError where it cannot be read; never shows it."""
        if self.prometheus_token_file is None:
            return ""
        return read_secret(self.prometheus_token_file, "slo.prometheus_token_file", "token")

    @property
    def is_prometheus_token_exposed(self) -> bool:
        """Whether the token goes over a network unencrypted."""
        return self.prometheus_token_file is not None and is_exposed(self.prometheus_url or "")

    @field_validator("prometheus_url")
    @classmethod
    def _is_a_place(cls, url: str | None) -> str | None:
        return None if url is None else http_place(url, _EXAMPLE).removesuffix("/api/v1")
