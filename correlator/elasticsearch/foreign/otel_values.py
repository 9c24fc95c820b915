"""Values of a document as values of OTLP/JSON."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

Json = Any
"""str, int, float, bool, None, or lists and dicts of them."""
_RFC3339: Final = re.compile(r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|z|[+-]\d\d:\d\d)", re.ASCII)


def any_value(value: Json) -> dict[str, Any]:
    """An AnyValue. A number with a point is a double, as the Collector writes each double with one."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)} if -(2**63) <= value < 2**63 else {"doubleValue": float(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [any_value(item) for item in value]}}
    if isinstance(value, dict):
        return {"kvlistValue": {"values": key_values(value)}}
    return {}


def key_values(attributes: Mapping[str, Json]) -> list[dict[str, Any]]:
    """KeyValues in the order of the document."""
    return [{"key": name, "value": any_value(value)} for name, value in attributes.items()]


def unix_nano(timestamp: Json) -> int:
    """Unix nanoseconds of a timestamp of the Collector, `MILLISECONDS.NANOSECONDS`; or of RFC 3339. 0 for what is neither.

    The Collector writes the nanoseconds within the millisecond without leading zeros: `.5` is 5 ns, though Elasticsearch
    indexes it as half a millisecond (elasticsearchexporter 0.156, jsonwriter.go, writeTimestampField).
    """
    if isinstance(timestamp, int) and not isinstance(timestamp, bool):
        return max(0, timestamp) * 10**6
    if not isinstance(timestamp, str) or not timestamp.isascii():
        return 0
    milliseconds, _, nanoseconds = timestamp.partition(".")
    if milliseconds.isdigit() and (nanoseconds.isdigit() or not nanoseconds) and len(timestamp) < 30:
        return int(milliseconds) * 10**6 + int(nanoseconds or 0)
    return _of_rfc3339(timestamp)


def _of_rfc3339(timestamp: str) -> int:
    """With a fraction of any length, which datetime would cut after microseconds."""
    found = _RFC3339.fullmatch(timestamp)
    if found is None:
        return 0
    try:
        seconds = datetime.fromisoformat(f"{found[1]}{'+00:00' if found[3] in ('Z', 'z') else found[3]}").timestamp()
    except ValueError:
        return 0
    return max(0, int(seconds) * 10**9 + int((found[2] or "")[:9].ljust(9, "0")))
