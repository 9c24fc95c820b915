"""Python values as OTLP attributes."""

from collections.abc import Mapping, Sequence

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue

Value = str | int | float | bool | Sequence[str] | None


def attributes(values: Mapping[str, Value]) -> list[KeyValue]:
    """One attribute for each value; none for None, an empty text or an empty list."""
    return [
        KeyValue(key=key, value=_any(value))
        for key, value in values.items()
        if value is not None and value not in ("", ())
    ]


def _any(value: Value) -> AnyValue:
    match value:
        case bool():
            return AnyValue(bool_value=value)
        case int():
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
        case str():
            return AnyValue(string_value=value)
        case _:
            return AnyValue(array_value=ArrayValue(values=[AnyValue(string_value=each) for each in value or ()]))
