"""What patterns are made of: one failure of one component, or a success, a warning or a deploy that tells beside it."""

from dataclasses import dataclass
from typing import Final

SUCCESS: Final = "success"
WARNING: Final = "warning"
DEPLOY: Final = "deploy"
CAUSE_KINDS: Final = ("exception", "http", "grpc", "timeout", "dependency", "status", "n8n", "log")
"""Kinds of a failure, as model.finding.Candidate has them."""
KINDS: Final = (*CAUSE_KINDS, WARNING, SUCCESS, DEPLOY)


@dataclass(frozen=True, slots=True)
class Telling:
    """One way in which a component told of it. `kinds`: by which means, and of what sort (timeout, dependency)."""

    kinds: tuple[str, ...]
    error_type: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class PatternEvent:
    """One failing span with all that is told of it, or one log record that belongs to no failing span.

    A success is an n8n workflow, a server's or a consumer's span that ended well; a warning a WARN log record; a deploy
    the first sign of another service.version. `time_unix_nano` is on the story's clock. `dependency` names what a call
    could not get through to, where the call says so. `attempt` counts a job's attempts from 1, where its span tells it.
    """

    time_unix_nano: int
    system: str
    service_name: str
    operation: str
    tellings: tuple[Telling, ...]
    status_code: int | None = None
    dependency: str = ""
    trace_id: str = ""
    span_id: str = ""
    attempt: int = 1


def told(event: PatternEvent) -> str:
    """Its error in words; its first kind where it names none."""
    best = event.tellings[0] if event.tellings else Telling(("status",))
    return ": ".join(part for part in (best.error_type, best.message) if part) or best.kinds[0]


def order_of(event: PatternEvent) -> tuple[object, ...]:
    """By time, then by everything else: the same order whatever order events came in."""
    return (
        event.time_unix_nano, event.system, event.service_name, event.operation, event.trace_id, event.span_id,
        event.status_code or 0, event.dependency, event.attempt, [(each.kinds, each.error_type, each.message) for each in event.tellings],
    )  # fmt: skip
