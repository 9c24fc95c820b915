"""What services do."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Operation:
    """Something that a service does: the name and the kind (OTLP Span.SpanKind) of spans of it."""

    name: str
    kind: int
