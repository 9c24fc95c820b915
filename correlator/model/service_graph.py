"""Which services call which, how often, with what outcome and how long it takes."""

from dataclasses import dataclass, field
from typing import Final

CALL: Final = "call"
QUEUE: Final = "queue"


@dataclass(frozen=True, slots=True)
class Durations:
    """Observed durations in nanoseconds, by nearest rank; 0 where there were none."""

    p50_nano: int = 0
    p95_nano: int = 0
    p99_nano: int = 0


@dataclass(frozen=True, slots=True)
class ServiceNode:
    """A service. `calls` are its spans that another service, or nobody known, caused; `errors` those of them that failed.

    `system` is that of most of its spans. `spans` counts all of them, `durations` are the calls'.
    """

    service_name: str
    system: str
    spans: int
    calls: int
    errors: int
    durations: Durations


@dataclass(frozen=True, slots=True)
class ServiceEdge:
    """Calls of one service to another, as the callee saw them. `connection` is call, or queue where a consumer took a job."""

    caller: str
    callee: str
    connection: str
    calls: int
    errors: int
    durations: Durations


@dataclass(frozen=True, slots=True)
class ServiceGraph:
    """Nodes by service name; edges by caller, callee and connection."""

    nodes: tuple[ServiceNode, ...] = field(default=())
    edges: tuple[ServiceEdge, ...] = field(default=())
