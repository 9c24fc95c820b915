"""The n8n whose executions are read through its API."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator

from correlator.errors import SettingsError
from correlator.settings.places import checked_secret, http_place, is_exposed, read_secret
from correlator.settings.units import Bytes, Duration, Section


class N8nSettings(Section):
    """n8n's REST API: where it is, and how it is asked. Without `base_url` it is not asked."""

    base_url: str | None = Field(default=None, description="Where n8n's editor is, such as https://n8n.example.com.")
    api_key: SecretStr | None = Field(
        default=None, description="Key of n8n's API with the scopes execution:list and execution:read."
    )
    api_key_file: Path | None = Field(
        default=None, description="File that holds the key, instead of `api_key`; read anew for each request."
    )
    service_name: str = Field(
        default="n8n", min_length=1, max_length=200, description="service.name of n8n's own spans, for those told here."
    )
    interval: Duration = Field(default="10s", gt=0, description="How often n8n is asked.")  # type: ignore[assignment]
    lookback: Duration = Field(default="1h", ge=0, description="How far back the first start looks.")  # type: ignore[assignment]
    grace: Duration = Field(
        default="15s", ge=0, description="So long after an execution's end n8n's own spans are waited for."
    )  # type: ignore[assignment]
    requests_per_second: float = Field(default=10.0, gt=0, le=1_000, description="Requests to n8n at most.")
    timeout: Duration = Field(default="10s", gt=0, description="How long n8n may take for an answer.")  # type: ignore[assignment]
    payloads: bool = Field(
        default=True,
        description="Whether an execution of which a call was heard by nobody is read, for the hashes of what was sent.",
    )
    max_nodes: int = Field(default=1_000, ge=1, le=10_000, description="Node runs told of one execution.")
    max_document: Bytes = Field(
        default="16MiB", gt=0, description="An execution with more data than this is told without its nodes."
    )  # type: ignore[assignment]

    def key(self) -> str:
        """The API key. Raises SettingsError when there is none, or its file cannot be read; never shows it."""
        if self.api_key is not None:
            return checked_secret(self.api_key.get_secret_value(), "n8n.api_key")
        if self.api_key_file is None:
            raise SettingsError("n8n.api_key_file is not set: name the file that holds the key")
        return read_secret(self.api_key_file, "n8n.api_key_file")

    @property
    def is_exposed(self) -> bool:
        """Whether the key goes over a network unencrypted."""
        return is_exposed(self.base_url or "")

    @field_validator("base_url")
    @classmethod
    def _is_a_place(cls, url: str | None) -> str | None:
        return None if url is None else http_place(url).removesuffix("/api/v1")

    @model_validator(mode="after")
    def _needs_a_key(self) -> Self:
        if self.base_url is not None and self.api_key is None and self.api_key_file is None:
            raise ValueError(
                "base_url without a key: set n8n.api_key_file (or the environment variable CORRELATOR_N8N__API_KEY)"
            )
        return self
