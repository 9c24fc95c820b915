"""Callbacks and what is known of executions by them; events and who may follow them."""

from typing import Final, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from correlator.settings.units import Bytes, Duration, Section

REDIS_SCHEMES: Final = ("redis://", "rediss://", "unix://")


class CallbackSettings(Section):
    """Callbacks of n8n, bridge and workers. How far off a timestamp may be, `limits.` says."""

    timeout: Duration = Field(
        default="30m",
        gt=0,
        description="An execution that a callback began and that is silent for so long has timed out.",
    )  # type: ignore[assignment]
    status_ttl: Duration = Field(
        default="24h", gt=0, description="An execution is forgotten so long after it was last heard of."
    )  # type: ignore[assignment]
    workflows: int = Field(default=1_000, ge=1, description="Workflows whose executions are known at a time.")
    executions: int = Field(
        default=100, ge=1, description="Executions known of each, the latest; 1 to 2 KB of memory each."
    )
    body: Bytes = Field(default="1MiB", gt=0, description="A callback's body.")  # type: ignore[assignment]
    nesting_depth: int = Field(default=64, gt=0, le=256, description="Objects and arrays within a callback's body.")

    @model_validator(mode="after")
    def _outlives_the_timeout(self) -> Self:
        if self.status_ttl <= self.timeout:
            raise ValueError(
                f"status_ttl of {self.status_ttl:g}s would forget executions before their timeout of {self.timeout:g}s; "
                "give a longer status_ttl"
            )
        return self


class EventSettings(Section):
    """Events at /api/v1/events: how many are kept, and where."""

    history: int = Field(
        default=10_000, ge=1, le=1_000_000, description="Events kept, for subscribers that come late or are slow."
    )
    heartbeat: Duration = Field(default="15s", gt=0, description="A stream says so often that it still lives.")  # type: ignore[assignment]
    redis_url: SecretStr | None = Field(
        default=None, description="redis://… keeps events over restarts; without, they are kept in memory."
    )
    redis_key: str = Field(
        default="correlator:events", min_length=1, max_length=200, description="The stream's key; one for each engine."
    )

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not url.get_secret_value().startswith(REDIS_SCHEMES):
            raise ValueError(f"needs one of {', '.join(REDIS_SCHEMES)}, for example redis://127.0.0.1:6379/0")
        return url
