"""Attributes as JSON objects, each one written once per request.

Within a request the same attributes come again and again. From protobuf they arrive as bytes (see lean_protobuf), so
that those seen before cost one lookup: half of what it costs to parse each anew. A memory kept between requests was no
faster once it was bounded, and would have to be shared by threads.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from correlator.doors.otlp_decode.rejections import Unfit
from correlator.doors.otlp_decode.value_texts import ValueTexts, quote
from correlator.model.limits import Limits

REMEMBERED_ATTRIBUTES = 8_192
"""Bounds memory: at most that many, each of at most REMEMBERED_BYTES. A request of 512 spans of ten has about 1,200 distinct ones."""
REMEMBERED_BYTES = 180
"""Upb allows 100 levels within a request and a level takes 2 bytes: an attribute as short as this stays below, wherever
it is. A longer one could go deeper than a request may, unseen by a parser that starts at the attribute."""

_parse = KeyValue.FromString

Field = tuple[str, str]
"""Key, and `"key":value` as JSON."""


class AttributeTexts:
    """Writes the attributes of a request's records; raises Unfit for a record over a limit.

    `is_sure` turns false once an attribute was met that only a parse of the whole request can judge, or some were left out.
    """

    def __init__(self, limits: Limits, *, serialized: bool) -> None:
        self.values = ValueTexts(limits)
        self.limit = limits.attributes_per_record
        self._remembered = _Remembered(self.values, limits.value_bytes)
        self._field: Callable[[Any], Field] = (
            self._remembered.__getitem__ if serialized else partial(write_field, values=self.values)
        )

    @property
    def is_sure(self) -> bool:
        return self._remembered.is_sure

    def fields(self, attributes: Sequence[Any]) -> dict[str, str]:
        """Each key of a repeated KeyValue with its `"key":value`; of a key given twice, the last."""
        if len(attributes) > self.limit:
            raise Unfit("too_many_attributes", f"{len(attributes)} attributes; send at most {self.limit}")
        return dict(map(self._field, attributes[:]))

    def text(self, attributes: Sequence[Any]) -> str:
        """A JSON object."""
        return f"{{{','.join(self.fields(attributes).values())}}}"

    def text_if_fit(self, attributes: Sequence[Any]) -> str | None:
        """The same; None where they are over a limit."""
        try:
            return self.text(attributes)
        except Unfit:
            self._remembered.is_sure = False
            return None


class _Remembered(dict[bytes, Field]):
    """Serialized KeyValue to what it reads as JSON."""

    def __init__(self, values: ValueTexts, value_bytes: int) -> None:
        super().__init__()
        self._values = values
        self._short = min(REMEMBERED_BYTES, value_bytes)
        self.is_sure = True

    def __missing__(self, serialized: bytes) -> Field:
        attribute = _parse(serialized)
        if len(serialized) > self._short:
            self.is_sure = self.is_sure and len(serialized) <= REMEMBERED_BYTES
            return write_field(attribute, self._values)
        key, value = attribute.key, attribute.value
        string = value.string_value
        field = key, f"{quote(key)}:{quote(string) if string else self._values.text(value)}"
        if len(self) < REMEMBERED_ATTRIBUTES:
            self[serialized] = field
        return field


def write_field(attribute: Any, values: ValueTexts) -> Field:
    """A KeyValue of either encoding as JSON."""
    key = attribute.key
    return key, f"{quote(key)}:{values.text(attribute.value)}"
