"""Answers of a server, with each `_source` as the bytes that were written, instead of what a parser makes of them."""

import re
from typing import Any, Final

import msgspec
from elastic_transport import JsonSerializer, SerializationError

from correlator.elasticsearch.documents.hit import Hit

OBJECT: Final = b"{"
_ESCAPE: Final = re.compile(rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F]..)|.)")
"""In JSON text. In the group half a surrogate pair, which Elasticsearch takes and gives back, and no other parser takes."""


class SearchAnswers(JsonSerializer):
    """As any JSON, but a search's `hits.hits` is a list of Hit."""

    def json_loads(self, data: bytes) -> Any:
        try:
            return _read(data)
        except msgspec.MsgspecError:
            try:
                return _read(_ESCAPE.sub(_whole, data))
            except msgspec.MsgspecError as error:
                raise SerializationError("Elasticsearch's answer is no JSON", errors=(error,)) from error


def _whole(escape: re.Match[bytes]) -> bytes:
    """Half a pair as the sign for what cannot be shown: one document must not keep those beside it from being read."""
    return rb"\ufffd" if escape[1] else escape[0]


def _read(data: bytes) -> Any:
    return _read_object(data) if data.startswith(OBJECT) else msgspec.json.decode(data)


def _read_object(data: bytes) -> dict[str, Any]:
    answer = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    return {name: _hits(part) if name == "hits" else msgspec.json.decode(part) for name, part in answer.items()}


class _Found(msgspec.Struct, rename={"index": "_index", "id": "_id", "source": "_source", "seq_no": "_seq_no"}):
    index: str
    id: str = ""
    source: msgspec.Raw = msgspec.Raw(b"null")
    sort: tuple[Any, ...] = ()
    seq_no: int | None = None
    fields: dict[str, list[Any]] = {}


class _Hits(msgspec.Struct):
    hits: list[_Found] = []
    total: dict[str, Any] | None = None


def _hits(part: msgspec.Raw) -> dict[str, Any]:
    found = msgspec.json.decode(part, type=_Hits)
    return {
        "total": found.total,
        "hits": [
            Hit(each.index, each.id, bytes(each.source), each.sort, each.seq_no, each.fields) for each in found.hits
        ],
    }
