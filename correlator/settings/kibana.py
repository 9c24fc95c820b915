"""The Kibana that `correlator kibana import` puts dashboards into. The engine itself never asks it."""

from pathlib import Path
from typing import Final, Self

from pydantic import Field, field_validator, model_validator

from correlator.settings.places import http_place, is_exposed, read_secret
from correlator.settings.units import Section

_EXAMPLE: Final = "http://127.0.0.1:5601"


class KibanaSettings(Section):
    """Kibana: where it is, and how one proves oneself there. An API key, or a user with a password, or neither."""

    url: str = Field(
        default=_EXAMPLE, description=f"Where Kibana is, such as {_EXAMPLE}; with its server.basePath, if any."
    )
    space: str = Field(default="default", pattern=r"^[a-z0-9_-]+$", description="The space that the dashboards go to.")
    api_key_file: Path | None = Field(
        default=None, description="File with an API key of Elasticsearch, in the form that it calls `encoded`."
    )
    user: str | None = Field(default=None, description="A user, where there is no API key; needs password_file.")
    password_file: Path | None = Field(default=None, description="File with the user's password.")
    ca_file: Path | None = Field(default=None, description="Certificates to trust, as PEM, instead of the system's.")

    def read_api_key(self) -> str | None:
        """The key. Raises SettingsError where it cannot be read; never shows it."""
        return None if self.api_key_file is None else read_secret(self.api_key_file, "kibana.api_key_file")

    def read_user(self) -> tuple[str, str] | None:
        """User and password. Raises SettingsError where the password cannot be read; never shows it."""
        if self.user is None or self.password_file is None:
            return None
        return self.user, read_secret(self.password_file, "kibana.password_file", "password")

    @property
    def is_secret_exposed(self) -> bool:
        """Whether a secret goes over a network unencrypted."""
        return (self.api_key_file is not None or self.user is not None) and is_exposed(self.url)

    @field_validator("url")
    @classmethod
    def _is_a_place(cls, url: str) -> str:
        return http_place(url, _EXAMPLE)

    @model_validator(mode="after")
    def _proves_one_thing(self) -> Self:
        if self.user is not None and self.api_key_file is not None:
            raise ValueError("api_key_file and user are both given: leave one of them out")
        if (self.user is None) != (self.password_file is None):
            raise ValueError("user and password_file belong together: give both, or neither")
        return self
