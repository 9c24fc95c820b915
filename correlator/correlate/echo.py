"""Whether an error only repeats one further inward."""

from typing import Final

from correlator.correlate.fingerprint import normalised_message, short_type
from correlator.correlate.refused_calls import relays_refusal
from correlator.model.error_chain import ErrorEvent

SHORTEST_QUOTE: Final = 8
"""Characters of a message that must be found again to count as quoted: shorter ones ("500", "failed") are everywhere."""


def repeats(outer: ErrorEvent, inner: ErrorEvent) -> bool:
    """Whether `outer` says nothing but what `inner` said: no reason of its own, the same message, or one that quotes it;
    of a refusal (HTTP 4xx), the status alone.

    Relayed statuses ("502 Bad Gateway") name no reason. A quotation is in the message or, as "Caused by", in the stack.
    """
    if outer.is_generic or _message(outer) == _message(inner):
        return True
    return _quotes(outer, inner) or relays_refusal(outer, inner)


def _quotes(outer: ErrorEvent, inner: ErrorEvent) -> bool:
    quoted = inner.message.strip()
    if inner.is_generic or len(quoted) < SHORTEST_QUOTE:
        return False
    return quoted in outer.message or quoted in outer.stacktrace or _message(inner) in _message(outer)


def _message(event: ErrorEvent) -> str:
    name = short_type(event.error_type)
    return normalised_message(name, event.message) or name
