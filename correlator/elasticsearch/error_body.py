"""What a server says is wrong, in the body of an answer that is no success. Pure."""

from collections.abc import Mapping
from typing import Any


def error_of(body: Any) -> Mapping[str, Any]:
    """Its `type` and `reason`, as far as they are told; empty where the body is none of Elasticsearch's, as of a proxy.

    Some errors, as of a path that it does not know, are a text: the reason alone.
    """
    error = body.get("error") if isinstance(body, Mapping) else None
    if isinstance(error, Mapping):
        return error
    return {"reason": error} if isinstance(error, str) else {}


def reason_of(error: Mapping[str, Any]) -> str:
    """What it says, and what that was caused by in the end: `template [a] is invalid: unknown setting [index.b]`."""
    told = dict.fromkeys(reason for reason in (error.get("reason"), _innermost_reason(error)) if reason)
    return ": ".join(map(str, told)) or "no reason given"


def _innermost_reason(error: Mapping[str, Any]) -> str:
    cause = error.get("caused_by")
    return (_innermost_reason(cause) if isinstance(cause, Mapping) else "") or str(error.get("reason") or "")
