"""What goes into the Elasticsearch cluster from an engine that keeps its own store."""

from pydantic import Field

from correlator.settings.delivery import DeliverySettings
from correlator.settings.forward import Signal
from correlator.settings.units import Bytes, Duration


class ElasticsearchExportSettings(DeliverySettings):
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
