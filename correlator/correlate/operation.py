"""What a span did, in the words of its own system: what an engineer would search for."""

from correlator import semconv
from correlator.model.span import Span


def operation_of(span: Span) -> str:
    """n8n's node or workflow by name, a server's "METHOD route", else the span's name."""
    attributes = span.attributes
    n8n_name = attributes.get(semconv.N8N_NODE_NAME) or attributes.get(semconv.N8N_WORKFLOW_NAME)
    if isinstance(n8n_name, str) and n8n_name:
        return n8n_name
    method = attributes.get(semconv.HTTP_REQUEST_METHOD, attributes.get(semconv.HTTP_METHOD_OLD))
    route = attributes.get(semconv.HTTP_ROUTE)
    if span.kind == semconv.KIND_SERVER and method and route:
        return f"{method} {route}"
    return span.name
