"""OTLP/JSON requests as objects with the field names of OTLP's proto files, so that one path reads both encodings.

Differs from protobuf's JSON mapping, as OTLP says, in that ids are hex. Enumerations may be numbers or names, int64 may
be strings, doubles the strings of protobuf's mapping; null counts as absent, unknown fields are ignored.
"""

import re
from typing import Any, Final

import msgspec

from correlator.doors.otlp_decode import json_messages
from correlator.doors.otlp_decode.json_scalars import read_scalar
from correlator.errors import InvalidInput

_REQUESTS: Final = {
    "traces": json_messages.TracesRequest,
    "logs": json_messages.LogsRequest,
    "metrics": json_messages.MetricsRequest,
}
_DECODERS: Final = {
    signal: msgspec.json.Decoder(request, strict=False, dec_hook=read_scalar) for signal, request in _REQUESTS.items()
}
_PROTO_NAME: Final = re.compile(rb'_[a-z]+"\s*:')
"""The end of a key as the proto files spell it; begins with a literal, so that the search costs next to nothing."""


def parse(signal: str, payload: bytes, records: int) -> Any:
    """The request; raises InvalidInput that names the JSON path or the byte, never the content, or for more than `records`."""
    json_messages.begin(records)
    try:
        if not _is_unusual(payload):
            return _DECODERS[signal].decode(payload)
        usual = _as_usual(msgspec.json.decode(payload))
        return msgspec.convert(usual, _REQUESTS[signal], strict=False, dec_hook=read_scalar)
    except UnicodeDecodeError as error:
        raise _refusal(signal, "a string is not valid UTF-8") from error
    except RecursionError as error:
        raise _refusal(signal, "it nests too deeply to be read") from error
    except msgspec.DecodeError as error:
        raise _refusal(signal, str(error)) from error


def _is_unusual(payload: bytes) -> bool:
    """Whether there may be what the typed decoders do not read: null for absent, or keys as in the proto files."""
    return b"null" in payload or _PROTO_NAME.search(payload) is not None


def _as_usual(node: Any) -> Any:
    """The same with lowerCamelCase field names and without absent fields. Attribute keys are values, so none is touched.

    Takes the place of what was there item by item: a second tree would double what a body costs.
    """
    if isinstance(node, dict):
        return {_CAMEL_CASE.get(key, key): _as_usual(value) for key, value in node.items() if value is not None}
    if isinstance(node, list):
        for index, item in enumerate(node):
            node[index] = _as_usual(item)
    return node


def _refusal(signal: str, why: str) -> InvalidInput:
    return InvalidInput(
        f"the body is no OTLP/JSON request of {signal} ({why}): send what OTLP's JSON encoding prescribes"
    )


_CAMEL_CASE: Final = json_messages.camel_case_names()
