"""What goes into the Elasticsearch cluster from an engine that keeps its own store."""

from pydantic import Field

from correlator.settings.forward import Signal
from correlator.settings.units import Bytes, Duration, Section


class ElasticsearchExportSettings(Section):
    """Records, incidents and findings into Elasticsearch, beside the engine's own store. Run `correlator elasticsearch setup` before."""

    enabled: bool = Field(default=False, description="Whether they are sent there.")
    signals: tuple[Signal, ...] = Field(
        default=("traces", "logs", "metrics"), description="Records of which; incidents and findings are sent anyhow."
    )
    bulk: Bytes = Field(
        default="5MiB",
        gt=0,
        le=64 * 2**20,
        description="Documents go in requests of this size; two are under way at a time.",
    )  # type: ignore[assignment]
    batch_age: Duration = Field(
        default="1s", ge=0, le=60, description="Records that fill no request wait for others for so long."
    )  # type: ignore[assignment]
    waiting_size: Bytes = Field(
        default="4GiB",
        gt=0,
        description="The raw log is kept so far back while the cluster is down; beyond, its oldest is dropped.",
    )  # type: ignore[assignment]
    waiting_age: Duration = Field(default="24h", gt=0, description="No record waits for longer.")  # type: ignore[assignment]
    dead_letter_size: Bytes = Field(
        default="256MiB",
        gt=0,
        description="Of documents that the cluster refused for good; beyond, the oldest are dropped.",
    )  # type: ignore[assignment]
    dead_letter_age: Duration = Field(default="30d", gt=0, description="A refused document is kept for so long.")  # type: ignore[assignment]
