"""Attributes as JSON objects, each one written once per request.

Within a request the same attributes come again and again. From protobuf they arrive as bytes (see lean_protobuf), so
that those seen before cost one lookup: this is what makes decoding several times faster than parsing each.
"""

from collections.abc import Callable, Iterable, Sized
from typing import Any, Protocol

from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from correlator.doors.otlp_decode.rejections import Unfit
from correlator.doors.otlp_decode.value_texts import ValueTexts, quote
from correlator.model.limits import Limits

REMEMBERED_ATTRIBUTES = 8_192
"""Bounds memory: at most that many, each of at most REMEMBERED_BYTES. A request of 512 spans has about 1,700 distinct ones."""
REMEMBERED_BYTES = 180
"""Upb allows 100 levels within a request and a level takes 2 bytes: an attribute as short as this stays below, wherever
it is. A longer one could go deeper than a request may, unseen by a parser that starts at the attribute."""

Field = tuple[str, str]
"""Key, and `"key":value` as JSON."""


class Attributes(Sized, Iterable[Any], Protocol):
    """A repeated KeyValue field, in whichever form the encoding gives it."""


class AttributeTexts:
    """Writes the attributes of a request's records; raises Unfit for a record over a limit.

    `is_sure` turns false once an attribute was met that only a parse of the whole request can judge.
    """

    def __init__(self, limits: Limits, *, serialized: bool) -> None:
        self.values = ValueTexts(limits)
        self.limit = limits.attributes_per_record
        self._remembered = _Remembered(self.values)
        self._field: Callable[[Any], Field] = self._remembered.__getitem__ if serialized else self._written

    @property
    def is_sure(self) -> bool:
        return self._remembered.is_sure

    def fields(self, attributes: Attributes) -> dict[str, str]:
        """Each key with its `"key":value`; of a key given twice, the last."""
        if len(attributes) > self.limit:
            raise Unfit("too_many_attributes", f"{len(attributes)} attributes; send at most {self.limit}")
        return dict(map(self._field, attributes))

    def text(self, attributes: Attributes) -> str:
        """A JSON object."""
        return f"{{{','.join(self.fields(attributes).values())}}}"

    def _written(self, attribute: Any) -> Field:
        return write_field(attribute, self.values)


class _Remembered(dict[bytes, Field]):
    """Serialized KeyValue to what it reads as JSON."""

    def __init__(self, values: ValueTexts) -> None:
        super().__init__()
        self._values = values
        self.is_sure = True

    def __missing__(self, serialized: bytes) -> Field:
        field = write_field(KeyValue.FromString(serialized), self._values)
        if len(serialized) > REMEMBERED_BYTES:
            self.is_sure = False
        elif len(self) < REMEMBERED_ATTRIBUTES:
            self[serialized] = field
        return field


def write_field(attribute: Any, values: ValueTexts) -> Field:
    """A KeyValue of either encoding as JSON."""
    key = attribute.key
    return key, f"{quote(key)}:{values.text(attribute.value)}"
