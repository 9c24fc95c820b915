"""The Alertmanagers that are told of incidents, and those that tell us."""

from pathlib import Path
from typing import Final

from pydantic import Field, field_validator

from correlator.settings.places import http_place, is_exposed, read_secret
from correlator.settings.units import Bytes, Duration, Section

_EXAMPLE: Final = "http://127.0.0.1:9093"


class AlertmanagerSettings(Section):
    """Alertmanager: incidents go there as alerts, and its webhook comes to /api/v1/alerts/alertmanager."""

    urls: tuple[str, ...] = Field(
        default=(), description=f"Where incidents go as alerts, such as {_EXAMPLE}; of a cluster, all its members."
    )
    token_file: Path | None = Field(
        default=None, description="File with the bearer token that they ask for; read anew for each request."
    )
    ca_file: Path | None = Field(default=None, description="Certificates to trust, as PEM, instead of the system's.")
    interval: Duration = Field(
        default="1m", gt=0, description="An open incident is told so often; untold for four of these, it ends there."
    )  # type: ignore[assignment]
    body: Bytes = Field(default="4MiB", gt=0, description="A webhook's body: about 2 kB an alert.")  # type: ignore[assignment]

    def read_token(self) -> str:
        """The token; empty where none is set. Raises SettingsError where it cannot be read; never shows it."""
        return "" if self.token_file is None else read_secret(self.token_file, "alertmanager.token_file", "token")

    @property
    def exposed_urls(self) -> tuple[str, ...]:
        """Those to which the token goes over a network unencrypted."""
        return () if self.token_file is None else tuple(filter(is_exposed, self.urls))

    @field_validator("urls")
    @classmethod
    def _are_places(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(http_place(url, _EXAMPLE).removesuffix("/api/v2") for url in urls))
