"""What n8n knows of an error: of an execution, of a node's run, or of an item that a node passed on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from correlator.doors.n8n_rest import redact
from correlator.doors.n8n_rest.shapes import elements, epoch_unix_nano, header, mapping


@dataclass(frozen=True, slots=True)
class NodeError:
    """What n8n knows of an error. `code` is an HTTP status or a network error such as ECONNABORTED; `upstream` the body."""

    type: str
    message: str
    description: str
    stack: str
    code: str
    upstream: str
    node_name: str
    node_type: str
    url: str
    traceparent: str
    time_unix_nano: int | None


def read_error(told: Any, secrets: Sequence[str]) -> NodeError | None:
    """The error of a document, its texts without `secrets`; None where there is none."""
    told = mapping(told)
    if not told:
        return None
    request, node = mapping(mapping(told.get("context")).get("request")), mapping(told.get("node"))
    messages = [each for each in elements(told.get("messages")) if isinstance(each, str)]
    return NodeError(
        type=redact.name(told.get("name")) or "Error",
        message=redact.text(told.get("message"), secrets),
        description=redact.text(told.get("description"), secrets),
        stack=redact.text(told.get("stack"), secrets, redact.STACK_CHARACTERS),
        code=_code(told),
        upstream=redact.text("\n".join(dict.fromkeys(messages)), secrets),
        node_name=redact.name(node.get("name")),
        node_type=redact.name(node.get("type")),
        url=redact.url(request.get("uri") or request.get("url")),
        traceparent=redact.name(header(request, "traceparent")),
        time_unix_nano=epoch_unix_nano(told.get("timestamp")),
    )


def _code(told: Mapping[str, Any]) -> str:
    """The HTTP status where there is one, else what the network said."""
    codes = [redact.code(told.get(key)) for key in ("httpCode", "status", "statusCode", "code")]
    return next((code for code in codes if code.isdigit()), next(filter(None, codes), ""))
