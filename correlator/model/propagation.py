"""How often the trace context arrives where one system calls another, and what would mend it where it does not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

N8N_TO_BRIDGE: Final = "n8n_to_bridge"
BRIDGE_TO_QUEUE: Final = "bridge_to_queue"
QUEUE_TO_WORKER: Final = "queue_to_worker"
WORKER_TO_CALLBACK: Final = "worker_to_callback"
HOPS: Final = (N8N_TO_BRIDGE, BRIDGE_TO_QUEUE, QUEUE_TO_WORKER, WORKER_TO_CALLBACK)
"""The ways between systems, in the order of a story."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What to change so that the context arrives. `system` (n8n | bridge | worker) is where, `setting` the environment
    variable or the name in correlator.telemetry, `because` what was seen that says so."""

    system: str
    setting: str
    because: str


@dataclass(frozen=True, slots=True)
class HopCoverage:
    """The calls of one hop. Of `calls`, `arrived` came with the caller's trace context.

    `joined_by` counts the others by the method (model.trace.METHODS) that joined them to their caller all the same; what is
    left after both was joined by nothing.
    """

    hop: str
    calls: int
    arrived: int
    joined_by: Mapping[str, int] = field(default_factory=dict)
    advice: tuple[Advice, ...] = ()

    @property
    def share(self) -> float | None:
        """Of calls whose context arrived, 0..1; None where there were none."""
        return self.arrived / self.calls if self.calls else None

    @property
    def not_joined(self) -> int:
        """Calls whose context did not arrive, and that nothing else joined to their caller."""
        return self.calls - self.arrived - sum(self.joined_by.values())


@dataclass(frozen=True, slots=True)
class Propagation:
    """The hops of the spans that start in [start, end), unix nanoseconds, in the order of HOPS.

    `spans` were looked at; `is_sampled` says that there were more, and that these are of some slices of the time.
    """

    start_unix_nano: int
    end_unix_nano: int
    spans: int
    is_sampled: bool
    hops: tuple[HopCoverage, ...]
