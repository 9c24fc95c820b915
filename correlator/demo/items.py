"""n8n's items as Python objects and back: `[{"json": …, "binary"?: …, "pairedItem"?: …, "error"?: …}]`.

An item that goes through here and back says the same; `pairedItem` comes back in its long form, `[{"item": 0}]`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from correlator.demo.typed_json import ConversionError, from_json, to_json

_NAMED: Final = frozenset({"json", "binary", "pairedItem", "error"})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PairedItem:
    """Which item of which input this one was made from."""

    item: int
    input: int = 0


@dataclass(frozen=True, slots=True)
class NodeItem:
    """One item. `binary` by property name, as n8n has it; `extra` are keys that newer versions may add."""

    json: dict[str, Any]
    binary: dict[str, dict[str, Any]] = field(default_factory=dict)
    paired: tuple[PairedItem, ...] = ()
    error: dict[str, Any] | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def read(self, kind: type[T], path: str = "json") -> T:
        """The item's `json` as a dataclass. Raises ConversionError with the field's path."""
        return from_json(kind, self.json, path)


def read_items(document: Any) -> tuple[NodeItem, ...]:
    """Items from what a node sent: an array of items or of plain objects, or one of either. Raises ConversionError."""
    documents = document if isinstance(document, list) else [document]
    return tuple(_read_item(item, f"items[{index}]") for index, item in enumerate(documents))


def payloads(document: Any) -> Any:
    """What n8n hashes of what a node sent: each item's `json`; anything that is no array of items as it is."""
    if not isinstance(document, list):
        return document
    return [item["json"] if isinstance(item, dict) and "json" in item else item for item in document]


def write_items(items: Sequence[NodeItem]) -> list[dict[str, Any]]:
    """Items as n8n takes them. Raises ConversionError for a value that JSON does not keep."""
    return [_write_item(item) for item in items]


def write_item(value: Any, paired: int | None = None) -> NodeItem:
    """A dataclass as an item, made from the item number `paired` of the input."""
    return NodeItem(to_json(value), paired=() if paired is None else (PairedItem(paired),))


def _read_item(document: Any, path: str) -> NodeItem:
    if not isinstance(document, dict):
        raise ConversionError(path, "an item must be an object")
    if not isinstance(document.get("json"), dict):
        return NodeItem(document)
    return NodeItem(
        json=document["json"],
        binary=from_json(dict[str, dict[str, Any]], document.get("binary") or {}, f"{path}.binary"),
        paired=_read_paired(document.get("pairedItem"), f"{path}.pairedItem"),
        error=from_json(dict[str, Any], document["error"], f"{path}.error") if document.get("error") else None,
        extra={name: value for name, value in document.items() if name not in _NAMED},
    )


def _read_paired(value: Any, path: str) -> tuple[PairedItem, ...]:
    """n8n writes a number, an object or an array of them."""
    if value is None:
        return ()
    entries = value if isinstance(value, list) else [value]
    return tuple(
        from_json(PairedItem, {"item": entry} if isinstance(entry, int) else entry, f"{path}[{index}]")
        for index, entry in enumerate(entries)
    )


def _write_item(item: NodeItem) -> dict[str, Any]:
    optional = {
        "binary": item.binary,
        "pairedItem": [_write_paired(paired) for paired in item.paired],
        "error": item.error,
    }
    known = {name: to_json(value, name) for name, value in optional.items() if value}
    return {**item.extra, "json": to_json(item.json), **known}


def _write_paired(paired: PairedItem) -> dict[str, int]:
    return {"item": paired.item, **({"input": paired.input} if paired.input else {})}
