"""The backends that get on what the doors acknowledged."""

from pathlib import Path
from typing import Final, Literal

from pydantic import Field, field_validator

from correlator.settings.delivery import DeliverySettings
from correlator.settings.places import http_place, read_secret
from correlator.settings.units import Bytes, Duration, Section

_EXAMPLE: Final = "http://127.0.0.1:4318"
Signal = Literal["traces", "logs", "metrics"]


class ForwardTarget(Section):
    """One backend that speaks OTLP."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,62}$",
        description="Its name on /metrics, in dead letters, and for its place in the log: under another it begins anew.",
    )
    endpoint: str = Field(
        description=f"Where it is, such as {_EXAMPLE}: /v1/traces and the like are added over HTTP. https:// is TLS."
    )
    protocol: Literal["http", "grpc"] = Field(default="http", description="OTLP over HTTP or gRPC.")
    signals: tuple[Signal, ...] = Field(
        default=("traces", "logs", "metrics"), min_length=1, description="What it gets; of Jaeger only `[traces]`."
    )
    gzip: bool = Field(default=True, description="Whether requests are compressed.")
    token_file: Path | None = Field(
        default=None, description="File with the bearer token that it asks for; read anew for each request."
    )
    header_files: dict[str, Path] = Field(
        default={}, description="Further headers by name, each with the file that holds its value, as X-Scope-OrgID."
    )
    ca_file: Path | None = Field(default=None, description="Certificates to trust, as PEM, instead of the system's.")
    timeout: Duration = Field(
        default="5s",
        gt=0,
        le=60,
        description="How long it may take for an answer; a stop of the engine may wait for it.",
    )  # type: ignore[assignment]

    def read_headers(self) -> dict[str, str]:
        """Its own headers. Raises SettingsError where a file cannot be read; never shows what is in it."""
        files = {
            name: read_secret(file, f"forward.targets: {self.name}: {name}", "value")
            for name, file in self.header_files.items()
        }
        if self.token_file is not None:
            token = read_secret(self.token_file, f"forward.targets: {self.name}: token_file", "token")
            files["authorization"] = f"Bearer {token}"
        return files

    @field_validator("endpoint")
    @classmethod
    def _is_a_place(cls, url: str) -> str:
        return http_place(url, _EXAMPLE)

    @field_validator("header_files")
    @classmethod
    def _are_headers(cls, files: dict[str, Path]) -> dict[str, Path]:
        for name in files:
            if not name.isascii() or not name.replace("-", "").isalnum():
                raise ValueError(f"{name!r} is no name of a header; write one as X-Scope-OrgID")
        return files


class ForwardSettings(DeliverySettings):
    """OTLP forward: what the doors acknowledged goes on to other backends, as it came."""

    targets: tuple[ForwardTarget, ...] = Field(
        default=(), description="The backends; each gets everything of its signals."
    )
    batch: Bytes = Field(
        default="1MiB", ge=0, le=16 * 2**20, description="Requests that wait are joined up to this size; 0 joins none."
    )  # type: ignore[assignment]

    @field_validator("targets")
    @classmethod
    def _have_names_of_their_own(cls, targets: tuple[ForwardTarget, ...]) -> tuple[ForwardTarget, ...]:
        names = [target.name for target in targets]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two targets are called {name!r}; give each a name of its own")
        return targets
