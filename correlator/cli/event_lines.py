"""The lines of an event stream to events. Source: HTML Standard, "Server-sent events", as far as the engine writes it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """`name` is reset where events were lost, else empty. Without `data` it only moves `id`, the place in the stream."""

    name: str
    id: int | None
    data: dict[str, Any] | None


def read_events(lines: Iterable[str]) -> Iterator[StreamEvent]:
    """Each block of lines that ends with an empty one; what follows the last is not whole, and left out."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        elif fields:
            yield _event(fields)
            fields = {}


def _event(fields: dict[str, str]) -> StreamEvent:
    data = msgspec.json.decode(fields["data"], type=dict[str, Any]) if "data" in fields else None
    return StreamEvent(fields.get("event", ""), int(fields["id"]) if "id" in fields else None, data)
