"""The errors of one trace, ordered from the outermost failure inward to the cause."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ErrorEvent:
    """One error that one component told of, whichever way it told.

    `source` is exception | status | http | grpc | n8n | log. `span_id` of a log record without one is the innermost span of
    its service at that time, None where there is none. `fingerprint` is correlate.fingerprint's. `is_generic` says that
    type and message name no reason of their own ("Internal Server Error", "The service was not able to process your request").
    """

    service_name: str
    system: str
    operation: str
    span_id: str | None
    time_unix_nano: int
    source: str
    error_type: str
    message: str
    stacktrace: str
    fingerprint: str
    is_generic: bool = False


@dataclass(frozen=True, slots=True)
class ErrorLink:
    """A failing span on the way inward, with its best-told error.

    `is_echo`: this span fails only because the next link inward failed, and says nothing of its own; or it is the deepest,
    names no reason, and its own service does just outside it.
    """

    span_id: str
    service_name: str
    system: str
    operation: str
    error: ErrorEvent
    is_echo: bool


@dataclass(frozen=True, slots=True)
class ErrorChain:
    """One way from an outermost failing span inward. `links[0]` is the victim that a user sees, `links[-1]` the deepest failure.

    `cause` is the index of the deepest link that is no echo. `unseen_callee` names what the deepest link called but nobody
    reported (host, service or destination), where that is known; None otherwise.

    `effect` says what became of it: failed (a head of the trace failed), unnoticed (nobody waited: a queued job, or a caller
    that had given up), handled (a caller went on: a retry that succeeded, a node that continues on error), reaction
    (an error workflow, which only ran because something had failed).
    """

    links: tuple[ErrorLink, ...]
    cause: int
    unseen_callee: str | None = None
    effect: str = "failed"
