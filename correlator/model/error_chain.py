"""The errors of one trace, ordered from the outermost failure inward to the cause."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ErrorEvent:
    """One error that one component told of, whichever way it told.

    `source` is exception | status | http | grpc | n8n | log. `fingerprint` is correlate.fingerprint's. `is_generic` says that
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

    `is_echo`: this span fails only because the next link inward failed, and says nothing of its own.
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
    """

    links: tuple[ErrorLink, ...]
    cause: int
    unseen_callee: str | None = None
