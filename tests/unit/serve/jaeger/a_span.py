"""A span to change."""

from typing import Any

from correlator.model.span import Span

TRACE, OTHER = "4bf92f3577b34da6a3ce929d0e0e4736", "0af7651916cd43dd8448eb211c80319c"
SPAN, PARENT = "00f067aa0ba902b7", "b7ad6b7169203331"
NOW = 1_769_860_800_000_000_000


def a_span(**given: Any) -> Span:
    """A server's span of 250 ms, without attributes."""
    fields: dict[str, Any] = {
        "trace_id": TRACE,
        "span_id": SPAN,
        "parent_span_id": None,
        "name": "GET /",
        "kind": 2,
        "start_time_unix_nano": NOW,
        "end_time_unix_nano": NOW + 250_000_999,
        "status_code": 0,
        "status_message": "",
        "is_error": False,
        "attributes": {},
        "events": (),
        "links": (),
        "service_name": "bridge",
        "system": "bridge",
        "scope_name": "",
        "resource_attributes": {"service.name": "bridge"},
    }
    return Span(**(fields | given))
