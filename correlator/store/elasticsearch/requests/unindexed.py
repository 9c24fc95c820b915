"""What a document is written as where the server refuses it, and how it is read as it was. Pure.

A sender may name an attribute as no index can hold it (a path of a hundred dots, a name of dots alone). Such a record must not be lost: all that
senders choose freely moves below `correlator.unindexed`, which is kept but not looked into. The engine still finds it by its
trace, time, service and join keys; only a search by the attributes themselves does not.
"""

from typing import Final

import msgspec

INDEXED: Final = frozenset(
    {"@timestamp", "data_stream", "trace_id", "span_id", "parent_span_id", "name", "kind", "duration", "correlator"}
)
OWN: Final = "correlator"
UNINDEXED: Final = "unindexed"
SIGN: Final = b'"unindexed":{'
"""In every source that was made so. Whoever has it in a text has one more parse, and no more."""

_Parts = dict[str, msgspec.Raw]


def unindexed(source: bytes) -> bytes:
    parts = _parts(source)
    own = _parts(parts[OWN])
    own[UNINDEXED] = msgspec.Raw(msgspec.json.encode({name: parts.pop(name) for name in parts.keys() - INDEXED}))
    return msgspec.json.encode(parts | {OWN: msgspec.Raw(msgspec.json.encode(own))})


def restored(source: bytes) -> bytes:
    """The document as it was before `unindexed`; any other as it is."""
    if SIGN not in source:
        return source
    parts = _parts(source)
    own = _parts(parts.get(OWN, msgspec.Raw(b"{}")))
    moved = own.pop(UNINDEXED, None)
    if moved is None:
        return source
    return msgspec.json.encode(parts | _parts(moved) | {OWN: msgspec.Raw(msgspec.json.encode(own))})


def _parts(text: bytes | msgspec.Raw) -> _Parts:
    return msgspec.json.decode(text, type=_Parts)
