"""How much a store holds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoreStats:
    """Gauges for /metrics and /readyz. Bytes are on disk; 0 where a store keeps nothing there."""

    spans: int = 0
    logs: int = 0
    metrics: int = 0
    head_rows: int = 0
    segments: int = 0
    segment_bytes: int = 0
    log_bytes: int = 0
    last_position: int = 0  # of the newest durable request; -1 when there is none
    sealed_position: int = 0  # everything before it is in segments
    unsealed_age_s: float = 0.0  # age of the oldest record that is only in the log
