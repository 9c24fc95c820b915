"""What may be kept for those that get on what the doors acknowledged."""

from pydantic import Field

from correlator.settings.units import Bytes, Duration, Section


class DeliverySettings(Section):
    """How far targets may fall behind, and what is kept of what they refused."""

    waiting_size: Bytes = Field(
        default="4GiB",
        gt=0,
        description="The raw log is kept so far back for a target that is down; beyond, its oldest is dropped.",
    )  # type: ignore[assignment]
    waiting_age: Duration = Field(default="24h", gt=0, description="No request waits for a target for longer.")  # type: ignore[assignment]
    dead_letter_size: Bytes = Field(
        default="256MiB",
        gt=0,
        description="So much is kept for each target of what it refused for good; beyond, the oldest is dropped.",
    )  # type: ignore[assignment]
    dead_letter_age: Duration = Field(default="30d", gt=0, description="What a target refused is kept for so long.")  # type: ignore[assignment]
