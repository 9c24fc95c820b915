"""Where the engine listens, and who may talk to it."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator

from correlator.errors import SettingsError
from correlator.settings.places import http_place
from correlator.settings.units import Address, Duration, Section, is_loopback


class Listen(Section):
    """Where the engine listens. Any address but loopback needs a token."""

    otlp_http: Address = Field(default="127.0.0.1:4318", description="OTLP/HTTP door.")
    otlp_grpc: Address = Field(default="127.0.0.1:4317", description="OTLP/gRPC door.")
    api: Address = Field(default="127.0.0.1:7070", description="HTTP API and /metrics.")
    token: SecretStr | None = Field(default=None, description="Bearer token that every client must send.")
    token_file: Path | None = Field(default=None, description="File that holds the token, instead of `token`.")
    public_url: str | None = Field(
        default=None,
        description="Where people reach the API, such as https://correlator.example.com: what links in alerts begin with. "
        "http:// and the API's address where it is not set.",
    )
    body_timeout: Duration = Field(default="30s", gt=0, description="How long a request's body may take to arrive.")  # type: ignore[assignment]

    def bearer_token(self) -> str | None:
        """The token; None where no login is needed. Raises SettingsError when its file cannot be read or is empty."""
        if self.token is not None:
            return self.token.get_secret_value().strip()
        if self.token_file is None:
            return None
        try:
            token = self.token_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingsError(
                f"listen.token_file = {str(self.token_file)!r}: {error.strerror}; make it readable"
            ) from error
        except UnicodeDecodeError:
            raise SettingsError(
                f"listen.token_file = {str(self.token_file)!r} is no UTF-8 text; write the token into it"
            ) from None
        if not token:
            raise SettingsError(f"listen.token_file = {str(self.token_file)!r} is empty; write the token into it")
        return token

    @field_validator("public_url")
    @classmethod
    def _is_a_place(cls, url: str | None) -> str | None:
        return None if url is None else http_place(url, "https://correlator.example.com")

    @model_validator(mode="after")
    def _needs_a_token_beyond_loopback(self) -> Self:
        open_to_others = [f"{name} = {value!r}" for name, value in self.addresses().items() if not is_loopback(value)]
        if open_to_others and self.token is None and self.token_file is None:
            raise ValueError(
                f"{', '.join(open_to_others)} can be reached from other machines without a login: "
                "set listen.token_file (or the environment variable CORRELATOR_LISTEN__TOKEN), or listen on 127.0.0.1"
            )
        if self.token is not None and not self.token.get_secret_value().strip():
            raise ValueError("token is empty: give one, or leave it out")
        return self

    def addresses(self) -> dict[str, str]:
        return {"otlp_http": self.otlp_http, "otlp_grpc": self.otlp_grpc, "api": self.api}
