"""An OTLP AnyValue as JSON text.

Works on the objects of both encodings. Integers stay exact; NaN and the infinities become strings, bytes base64, as in
protobuf's JSON mapping; a value that is not set becomes null; of a key given twice, the last counts.
"""

import base64
import math
from json.encoder import encode_basestring as quote  # the C escaper: one JSON string, non-ASCII as it is
from typing import Any

from correlator.doors.otlp_decode.rejections import Unfit
from correlator.model.limits import Limits

__all__ = ["ValueTexts", "double_text", "quote"]


class ValueTexts:
    """Writes values as JSON; raises Unfit for one that is too long or too deep."""

    def __init__(self, limits: Limits) -> None:
        self._value_bytes = limits.value_bytes
        self._nesting_depth = limits.nesting_depth

    def text(self, value: Any, depth: int = 0) -> str:
        """`value`, an AnyValue within `depth` lists and maps, as JSON."""
        string = value.string_value
        if string:
            return quote(self.bounded(string))
        case = value.WhichOneof("value")
        if case == "int_value":
            return str(value.int_value)
        if case == "bool_value":
            return "true" if value.bool_value else "false"
        if case == "double_value":
            return double_text(value.double_value)
        if case == "bytes_value":
            return self._bytes_text(value.bytes_value)
        return self._compound_text(value, case, depth)

    def bounded(self, string: str) -> str:
        """`string` itself, if it is within the limit."""
        limit = self._value_bytes
        if 4 * len(string) > limit and len(string.encode()) > limit:
            raise Unfit("value_too_long", f"a value has {len(string.encode())} bytes; send at most {limit}")
        return string

    def _bytes_text(self, content: bytes) -> str:
        if len(content) > self._value_bytes:
            raise Unfit("value_too_long", f"a value has {len(content)} bytes; send at most {self._value_bytes}")
        return f'"{base64.b64encode(content).decode()}"'

    def _compound_text(self, value: Any, case: str | None, depth: int) -> str:
        if case == "array_value":
            inside = self._inside(depth)
            return f"[{','.join([self.text(item, inside) for item in value.array_value.values])}]"
        if case == "kvlist_value":
            inside = self._inside(depth)
            texts = {field.key: self.text(field.value, inside) for field in value.kvlist_value.values}
            return f"{{{','.join([f'{quote(key)}:{text}' for key, text in texts.items()])}}}"
        return '""' if case == "string_value" else "null"

    def _inside(self, depth: int) -> int:
        if depth >= self._nesting_depth:
            raise Unfit("nested_too_deep", f"a value nests deeper than {self._nesting_depth} levels; flatten it")
        return depth + 1


def double_text(value: float) -> str:
    """A JSON number, or one of the strings "NaN", "Infinity", "-Infinity"."""
    if math.isfinite(value):
        return repr(value)
    if math.isnan(value):
        return '"NaN"'
    return '"Infinity"' if value > 0 else '"-Infinity"'
