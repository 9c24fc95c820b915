"""A value as the text that Go writes for it: what Jaeger makes of a list or a map, and what it compares tags by."""

import json
from decimal import Decimal
from typing import Any, Final

LEAST_FIXED: Final = 1e-6
LEAST_EXPONENTIAL: Final = 1e21
"""Go's encoding/json writes numbers between the two without an exponent."""


def text_of(value: Any) -> str:
    """A text as it is, null as nothing, anything else as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else json_text(value)


def json_text(value: Any) -> str:
    """Compact JSON; the keys of a map in order."""
    if isinstance(value, dict):
        return f"{{{','.join(f'{_quoted(key)}:{json_text(value[key])}' for key in sorted(value))}}}"
    if isinstance(value, list):
        return f"[{','.join(map(json_text, value))}]"
    if isinstance(value, float):
        return _number(value)
    return _quoted(value) if isinstance(value, str) else json.dumps(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _number(value: float) -> str:
    shortest = repr(value)
    if value == 0 or LEAST_FIXED <= abs(value) < LEAST_EXPONENTIAL:
        return f"{Decimal(shortest):f}".removesuffix(".0")
    return shortest.replace("e-0", "e-")
