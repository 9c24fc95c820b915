"""Limits, recording, store, incidents and systems."""

from typing import Literal

from pydantic import Field

from correlator.settings.units import Bytes, Duration, Section


class LimitSettings(Section):
    """What a request and a record may measure at most. See model.limits.Limits."""

    body: Bytes = Field(default="16MiB", gt=0, description="A request's body as it is sent.")  # type: ignore[assignment]
    inflated: Bytes = Field(default="16MiB", gt=0, description="A request's body after decompression.")  # type: ignore[assignment]
    records_per_request: int = Field(
        default=65_536, gt=0, description="Spans, log records or data points of one request."
    )
    attributes_per_record: int = Field(default=1_024, gt=0, description="Over this, the record is refused.")
    value: Bytes = Field(default="64KiB", gt=0, description="One attribute's text, or a log's body.")  # type: ignore[assignment]
    nesting_depth: int = Field(
        default=16, gt=0, le=64, description="Lists and maps within an attribute or a log's body."
    )
    future_skew: Duration = Field(
        default="10m", gt=0, description="A time further ahead of arrival is kept, and marked."
    )  # type: ignore[assignment]
    past_skew: Duration = Field(default="7d", gt=0, description="A time further before arrival is kept, and marked.")  # type: ignore[assignment]


class RecordSettings(Section):
    """How requests become durable."""

    bytes_in_flight: Bytes = Field(default="128MiB", gt=0, description="Over this, senders are told to wait.")  # type: ignore[assignment]
    decode_processes: int = Field(default=2, ge=0, le=64, description="0: decode in the engine's own process.")


class StoreSettings(Section):
    """Where everything is kept; of the embedded store, when it seals, merges and forgets."""

    kind: Literal["segments", "elasticsearch"] = Field(
        default="segments",
        description="`segments`: in `data_dir`, by this engine alone. `elasticsearch`: in the cluster of that section, by any number "
        "of engines; all further settings of this section are for `segments`.",
    )
    seal_rows: int = Field(default=131_072, ge=1, description="So many records in memory are written as a segment.")
    seal_age: Duration = Field(default="5m", gt=0, description="The oldest record waits so long for its segment.")  # type: ignore[assignment]
    retention_age: Duration | None = Field(
        default="30d", gt=0, description="Older records are deleted; null keeps them."
    )  # type: ignore[assignment]
    retention_size: Bytes | None = Field(default=None, gt=0, description="Over this, the oldest segments are deleted.")
    min_free: Bytes = Field(default="64MiB", ge=0, description="Below this, doors answer 503.")  # type: ignore[assignment]


class IncidentSettings(Section):
    """When failures become an incident, and when it is over."""

    threshold: int = Field(
        default=1, ge=1, description="Failing traces by one cause within the window that open an incident."
    )
    window: Duration = Field(default="5m", gt=0, description="The threshold's failures lie within so long.")  # type: ignore[assignment]
    quiet: Duration = Field(default="15m", gt=0, description="An incident without failures for this long is resolved.")  # type: ignore[assignment]
    settle: Duration = Field(
        default="2s", ge=0, description="A trace is explained once it has been still for this long."
    )  # type: ignore[assignment]
    interval: Duration = Field(default="1s", gt=0, description="How often the watch looks for failures.")  # type: ignore[assignment]
    traces_per_turn: int = Field(default=200, ge=1, description="Traces investigated at a time at most.")
    backlog: int = Field(default=10_000, ge=1, description="Failing traces that may wait; more are skipped.")


class SystemRuleSettings(Section):
    """A resource whose attribute matches the pattern (shell style, any case) is of that system. First match wins."""

    system: str = Field(pattern=r"^(n8n|bridge|worker|other)$")
    attribute: str = Field(min_length=1)
    pattern: str = Field(min_length=1)
