"""Attributes as tags: each with its type, in Jaeger's order."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from correlator.serve.jaeger.go_json import text_of

Tag = dict[str, Any]
"""`{key, type, value}`, as it goes out."""

TYPES: Final = ("string", "bool", "int64", "float64")
"""In the order of tags that share a key. Bytes are kept as base64 text, so that Jaeger's `binary` is a string here."""
SAFE_INTEGER: Final = 2**53 - 1
"""What JavaScript holds exactly; beyond it an int64 goes out as text."""
ADDRESSES: Final = frozenset({"ip", "peer.ipv4"})
"""Keys under which old clients send an IPv4 address as a number."""
EVENT: Final = "event"


def tag(key: str, value: Any) -> Tag:
    """One attribute; a list or a map as JSON text."""
    if key in ADDRESSES and isinstance(value, int | float) and not isinstance(value, bool):
        return {"key": key, "type": "string", "value": _dotted(int(value))}
    if isinstance(value, bool):
        return {"key": key, "type": "bool", "value": value}
    if isinstance(value, int):
        return {"key": key, "type": "int64", "value": value if abs(value) <= SAFE_INTEGER else str(value)}
    if isinstance(value, float):
        return {"key": key, "type": "float64", "value": value}
    return {"key": key, "type": "string", "value": text_of(value)}


def tags_of(attributes: Mapping[str, Any]) -> list[Tag]:
    """A tag for each attribute, in their order."""
    return [tag(key, value) for key, value in attributes.items()]


def ordered(tags: Iterable[Tag]) -> list[Tag]:
    """By key, type and value."""
    return sorted(tags, key=_place)


def ordered_fields(fields: Iterable[Tag]) -> list[Tag]:
    """As `ordered`, behind the name of the event."""
    return sorted(fields, key=lambda field: (not _is_event_name(field), _place(field)))


def _place(one: Tag) -> tuple[str, int, str]:
    return one["key"], TYPES.index(one["type"]), str(one["value"])


def _is_event_name(field: Tag) -> bool:
    return (field["key"], field["type"]) == (EVENT, "string")


def _dotted(address: int) -> str:
    return ".".join(map(str, (address & 0xFFFFFFFF).to_bytes(4, "big")))
