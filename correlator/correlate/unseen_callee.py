"""What a failing call called, where that never reported itself."""

from collections.abc import Container, Iterable
from typing import Any, Final
from urllib.parse import urlsplit

from correlator import semconv
from correlator.correlate.causality import Causality
from correlator.model.span import Span

_NAMES: Final = (
    semconv.PEER_SERVICE,
    semconv.SERVER_ADDRESS,
    semconv.URL_FULL,
    semconv.NET_PEER_NAME_OLD,
    semconv.RPC_SERVICE,
    semconv.MESSAGING_DESTINATION_NAME,
    semconv.DB_SYSTEM_NAME,
)
"""The attributes that name a callee, the most telling first."""
_ANSWERING: Final = frozenset({semconv.KIND_SERVER, semconv.KIND_CONSUMER})


def unseen_callee_of(span: Span, answered: Container[str]) -> str | None:
    """Service, host, destination or database that `span` called, when it is a call that no span answers.

    `answered` are the ids of the spans that are, by answered_calls.
    """
    return None if span.span_id in answered else callee_named_by(span)


def callee_named_by(span: Span) -> str | None:
    """Service, host, destination or database that `span` says it called; None where it is no call, or names none."""
    if not _is_call(span):
        return None
    return next((name for key in _NAMES if (name := _name(key, span.attributes.get(key)))), None)


def answered_calls(spans: Iterable[Span], causality: Causality) -> frozenset[str]:
    """Ids of the spans whose callee reported itself: it has a server's or a consumer's span below it."""
    answering = (span.span_id for span in spans if span.kind in _ANSWERING)
    return frozenset(causality.callers[span_id] for span_id in answering if span_id in causality.callers)


def _is_call(span: Span) -> bool:
    if span.kind in (semconv.KIND_CLIENT, semconv.KIND_PRODUCER):
        return True
    return str(span.attributes.get(semconv.N8N_NODE_TYPE, "")).endswith(".httpRequest")


def _name(key: str, value: Any) -> str:
    if key != semconv.URL_FULL:
        return str(value or "")
    try:
        return urlsplit(str(value or "")).hostname or ""
    except ValueError:  # such as "http://[::1": no host that one could name
        return ""
