"""What decoding would refuse of an entry, told beforehand: a file's line can be named, and does not spoil its request."""

from correlator.doors.json_logs.entry import Json, LogEntry, Unreadable
from correlator.model.limits import Limits


def require_within(entry: LogEntry, limits: Limits) -> None:
    """Raise Unreadable for an entry with more attributes, longer values or deeper nesting than `limits` allow."""
    for fields in (entry.attributes, entry.resource):
        if len(fields) > limits.attributes_per_record:
            raise Unreadable(
                "too_many_attributes", f"{len(fields)} attributes; send at most {limits.attributes_per_record}"
            )
        for value in fields.values():
            _require_value(value, limits, 0)
    _require_value(entry.body, limits, 0)


def _require_value(value: Json, limits: Limits, depth: int) -> None:
    """As value_texts counts: a list or map within `nesting_depth` others is one too many."""
    if isinstance(value, str):
        if 4 * len(value) > limits.value_bytes and len(value.encode()) > limits.value_bytes:
            message = f"a value has {len(value.encode())} bytes; send at most {limits.value_bytes}"
            raise Unreadable("value_too_long", message)
        return
    if not isinstance(value, list | dict):
        return
    if depth >= limits.nesting_depth:
        message = f"a value nests deeper than {limits.nesting_depth} levels; flatten it"
        raise Unreadable("nested_too_deep", message)
    for item in value.values() if isinstance(value, dict) else value:
        _require_value(item, limits, depth + 1)
