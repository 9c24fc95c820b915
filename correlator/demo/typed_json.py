"""Typed values to JSON and back, so that what n8n sends and what Python works on survive the round trip.

JSON here is what JavaScript can keep: text, doubles, booleans, null, arrays, objects. So a Decimal travels as text, a
date as `2026-01-31`, a moment as `2026-01-31T09:30:00.000Z`, and an int that a double cannot hold is refused.
Fields are declared as: str, int, float, bool, Decimal, date, datetime, an Enum, Any, another dataclass, list[T],
tuple[T, ...], dict[str, T], and T | None.
"""

import math
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, Final, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from correlator.errors import InvalidInput

MAX_SAFE_INTEGER: Final = 2**53 - 1  # ECMAScript's Number.MAX_SAFE_INTEGER

T = TypeVar("T")


class ConversionError(InvalidInput):
    """A value that its declared type does not allow; the message begins with the field's path."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path


def to_json(value: Any, path: str = "json") -> Any:
    """`value` as JSON. Raises ConversionError for what would not come back the same."""
    if value is None or isinstance(value, str | bool):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name), f"{path}.{field.name}") for field in fields(value)}
    if isinstance(value, Mapping):
        return {_key(name, path): to_json(item, f"{path}.{name}") for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item, f"{path}[{index}]") for index, item in enumerate(value)]
    return _scalar_to_json(value, path)


def from_json(kind: type[T], value: Any, path: str = "json") -> T:
    """`value` as a `kind`. Raises ConversionError; unknown keys of a dataclass are passed over, as callers may add some."""
    return cast(T, _read(kind, value, path))


def _key(name: Any, path: str) -> str:
    if not isinstance(name, str):
        raise ConversionError(path, f"key {name!r} is no text")
    return name


def _scalar_to_json(value: Any, path: str) -> Any:
    if isinstance(value, Enum):
        return to_json(value.value, path)
    if isinstance(value, datetime):
        return _moment_to_json(value, path)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, int):
        if abs(value) > MAX_SAFE_INTEGER:
            raise ConversionError(path, f"{value} loses digits in JavaScript; declare the field as Decimal")
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ConversionError(path, f"{value} is no JSON number")
        return value
    raise ConversionError(path, f"a {type(value).__name__} has no form in JSON")


def _moment_to_json(value: datetime, path: str) -> str:
    if value.tzinfo is None:
        raise ConversionError(path, f"{value.isoformat()} has no time zone; give it one, for example UTC")
    utc = value.astimezone(UTC)
    digits = "microseconds" if utc.microsecond % 1000 else "milliseconds"  # n8n writes milliseconds
    return utc.isoformat(timespec=digits).replace("+00:00", "Z")


def _read(kind: Any, value: Any, path: str) -> Any:
    if kind is Any:
        return value
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _read_optional(kind, value, path)
    if origin in (list, tuple, dict):
        return _read_collection(origin, get_args(kind), value, path)
    if is_dataclass(kind):
        return _read_dataclass(kind, value, path)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _read_enum(kind, value, path)
    return _READERS[kind](value, path)


def _read_optional(kind: Any, value: Any, path: str) -> Any:
    kinds = [one for one in get_args(kind) if one is not types.NoneType]
    if len(kinds) != 1:
        raise TypeError(f"{kind} is a choice of several types; JSON does not say which")
    return None if value is None else _read(kinds[0], value, path)


def _read_collection(origin: Any, kinds: tuple[Any, ...], value: Any, path: str) -> Any:
    if origin is dict:
        _expect(isinstance(value, dict), value, "an object", path)
        return {name: _read(kinds[1], item, f"{path}.{name}") for name, item in value.items()}
    _expect(isinstance(value, list), value, "an array", path)
    return origin(_read(kinds[0], item, f"{path}[{index}]") for index, item in enumerate(value))


def _read_dataclass(kind: Any, value: Any, path: str) -> Any:
    _expect(isinstance(value, dict), value, "an object", path)
    hints = get_type_hints(kind)
    arguments = {}
    for field in fields(kind):
        if field.name in value:
            arguments[field.name] = _read(hints[field.name], value[field.name], f"{path}.{field.name}")
        elif field.default is MISSING and field.default_factory is MISSING:
            raise ConversionError(f"{path}.{field.name}", "is missing")
    return kind(**arguments)


def _read_enum(kind: type[Enum], value: Any, path: str) -> Enum:
    for member in kind:
        if to_json(member.value) == value:
            return member
    raise ConversionError(path, f"{value!r} is none of {', '.join(repr(member.value) for member in kind)}")


def _read_text(value: Any, path: str) -> str:
    _expect(isinstance(value, str), value, "a text", path)
    return str(value)


def _read_bool(value: Any, path: str) -> bool:
    _expect(isinstance(value, bool), value, "true or false", path)
    return bool(value)


def _read_int(value: Any, path: str) -> int:
    is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    _expect(is_whole and not isinstance(value, bool), value, "a whole number", path)
    return int(value)


def _read_float(value: Any, path: str) -> float:
    _expect(isinstance(value, int | float) and not isinstance(value, bool), value, "a number", path)
    return float(value)


def _read_decimal(value: Any, path: str) -> Decimal:
    """Of text, or of a number as JavaScript would print it."""
    _expect(isinstance(value, str | int | float) and not isinstance(value, bool), value, "a decimal number", path)
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise ConversionError(path, f"{value!r} is no decimal number") from None


def _read_date(value: Any, path: str) -> date:
    try:
        return date.fromisoformat(_read_text(value, path))
    except ValueError:
        raise ConversionError(path, f"{value!r} is no date like 2026-01-31") from None


def _read_moment(value: Any, path: str) -> datetime:
    try:
        moment = datetime.fromisoformat(_read_text(value, path))
    except ValueError:
        raise ConversionError(path, f"{value!r} is no moment like 2026-01-31T09:30:00.000Z") from None
    if moment.tzinfo is None:
        raise ConversionError(path, f"{value!r} has no time zone")
    return moment.astimezone(UTC)


def _expect(is_right: bool, value: Any, expected: str, path: str) -> None:
    if not is_right:
        raise ConversionError(path, f"{_shown(value)} is not {expected}")


def _shown(value: Any) -> str:
    """A value for a message: containers by kind, as they may be long."""
    if isinstance(value, dict):
        return "an object"
    return "an array" if isinstance(value, list) else repr(value)


_READERS: Final[Mapping[Any, Callable[[Any, str], Any]]] = {
    str: _read_text,
    bool: _read_bool,
    int: _read_int,
    float: _read_float,
    Decimal: _read_decimal,
    date: _read_date,
    datetime: _read_moment,
}
