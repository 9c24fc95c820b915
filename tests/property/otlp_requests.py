"""Hypothesis strategies for whole OTLP requests of the three signals, and the same requests as OTLP/JSON."""

import base64
import json
from typing import Any, Final

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from hypothesis import strategies as st

from tests.property.mutations import REQUESTS

ARRIVAL: Final = 1_795_234_200_000_000_000
ID_FIELDS: Final = {"traceId", "spanId", "parentSpanId"}
NOT_SENT: Final = {"string_value_strindex", "key_strindex"}  # of OTLP's profiles only
KEYS: Final = (
    "service.name",
    "http.response.status_code",
    "n8n.execution.status",
    "rpc.grpc.status_code",
    "a",
    "ü",
    "",
)

_TEXTS: Final = st.sampled_from(("", "error", "\x00\x1f\x7f", '"\\/', "日本語 🎉", "\u2028", "x" * 70)) | st.text(
    max_size=5
)
_TIMES: Final = st.sampled_from((0, 1, ARRIVAL, ARRIVAL - 10**9, ARRIVAL + 10**13, 2**63 - 1, 2**63, 2**64 - 1))
_SCALARS: Final[dict[int, st.SearchStrategy[Any]]] = {
    FieldDescriptor.CPPTYPE_INT32: st.integers(-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: st.sampled_from((0, 200, 503, -1, 2**63 - 1, -(2**63), 2**53 + 1)),
    FieldDescriptor.CPPTYPE_UINT32: st.integers(0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: st.sampled_from((0, 1, 7, 2**64 - 1)),
    FieldDescriptor.CPPTYPE_DOUBLE: st.floats(),
    FieldDescriptor.CPPTYPE_BOOL: st.booleans(),
    FieldDescriptor.CPPTYPE_ENUM: st.sampled_from((0, 1, 2, 3, 17, 99)),
    FieldDescriptor.CPPTYPE_STRING: _TEXTS,
}
_TRACE_IDS: Final = st.sampled_from((b"t" * 16, b"t" * 16, bytes(range(16)), bytes(16), b"", b"t" * 8))
_SPAN_IDS: Final = st.sampled_from((b"s" * 8, b"s" * 8, b"r" * 8, bytes(8), b"", b"s" * 7))


@st.composite
def otlp_requests(draw: st.DrawFn, signal: str) -> Message:
    """A request of the signal with a few records; ids, times and values are often odd, never unreadable."""
    request = REQUESTS[signal]()
    _fill(draw, request, depth=0)
    return request


def as_otlp_json(request: Message) -> bytes:
    """The same request in OTLP's JSON encoding: protobuf's, but for ids in hex."""
    return json.dumps(_with_hex_ids(MessageToDict(request)), ensure_ascii=False).encode()


def _fill(draw: st.DrawFn, message: Message, depth: int) -> None:
    chosen = {oneof.name: draw(st.sampled_from((None, *oneof.fields))) for oneof in _choices(message)}
    for field in message.DESCRIPTOR.fields:
        if field.name in NOT_SENT or depth > 12:
            continue
        if field.containing_oneof is not None and chosen.get(field.containing_oneof.name, field) is not field:
            continue
        _fill_field(draw, message, field, depth)


def _choices(message: Message) -> list[Any]:
    return [oneof for oneof in message.DESCRIPTOR.oneofs if len(oneof.fields) > 1]


def _fill_field(draw: st.DrawFn, message: Message, field: FieldDescriptor, depth: int) -> None:
    value = getattr(message, field.name)
    if field.message_type is None:
        if field.is_repeated:
            value.extend(draw(st.lists(_scalar(field), max_size=3)))
        elif draw(st.booleans()):
            setattr(message, field.name, draw(_scalar(field)))
    elif field.is_repeated:
        for _ in range(draw(st.integers(1 if depth < 3 else 0, 2))):
            _fill(draw, value.add(), depth + 1)
    elif draw(st.booleans()) or depth < 3:
        value.SetInParent()
        _fill(draw, value, depth + 1)


def _scalar(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    if field.name == "trace_id":
        return _TRACE_IDS
    if field.name in ("span_id", "parent_span_id"):
        return _SPAN_IDS
    if field.name.endswith("time_unix_nano"):
        return _TIMES
    if field.name == "key":
        return st.sampled_from(KEYS)
    return st.binary(max_size=80) if field.type == FieldDescriptor.TYPE_BYTES else _SCALARS[field.cpp_type]


def _with_hex_ids(node: Any) -> Any:
    if isinstance(node, list):
        return [_with_hex_ids(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: base64.b64decode(value).hex() if key in ID_FIELDS else _with_hex_ids(value) for key, value in node.items()
    }
