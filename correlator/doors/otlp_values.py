"""Python values as OTLP's: what the doors that translate write attributes and bodies with. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

Value = str | int | float | bool | Sequence[str] | None

INT64: Final = range(-(2**63), 2**63)


def attributes(values: Mapping[str, Value]) -> list[KeyValue]:
    """One attribute for each value; none for None, an empty text or an empty list."""
    return list(
        key_values({key: value for key, value in values.items() if value is not None and value not in ("", ())})
    )


def key_values(fields: Mapping[str, Any]) -> Iterable[KeyValue]:
    """One for each field, whatever its JSON value."""
    return (KeyValue(key=name, value=any_value(value)) for name, value in fields.items())


def any_value(value: Any) -> AnyValue:
    """A JSON value as OTLP has it; an integer of more than 64 bits as text."""
    if isinstance(value, str):
        return AnyValue(string_value=value)
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value) if value in INT64 else AnyValue(string_value=str(value))
    if isinstance(value, float):
        return AnyValue(double_value=value)
    made = AnyValue()
    if isinstance(value, list | tuple):
        made.array_value.values.extend(map(any_value, value))
        made.array_value.SetInParent()
    elif isinstance(value, dict):
        made.kvlist_value.values.extend(key_values(value))
        made.kvlist_value.SetInParent()
    return made
