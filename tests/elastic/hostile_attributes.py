"""Attributes that could make an index refuse a document. Each is sent as those of a span, a log record and a data point."""

import json
from typing import Any


def _nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = {"k": value}
    return value


ATTRIBUTES: list[dict[str, Any]] = [
    *({"code": value} for value in (1, "abc", 1.5, True, {"a": 1}, [1, "x", {"z": 1}], None, 2**53 + 1)),
    {"double": 1e300},
    {"double": "NaN"},
    {"flag": True},
    {"flag": "no"},
    {"object": {"a": 1}},
    {"object": 5},
    {"object": "text"},
    {"a.b": 1, "a": {"b": "two"}},
    {"a": "x"},
    {"long": "y" * 40_000},
    {"long in bytes": "ü" * 32_000},
    *({name: 1} for name in (".", "..", "a..b", ".a", "a.", "*", "k" * 40_000, ".".join("abcdefghij" * 10))),
    *({name: "x"} for name in ("@timestamp", "trace_id", "trace.id", "message", "_id", "_source", "\u0000", "a\nb")),
    {"deep": _nested(16)},
    {"arrays": [{"q": 1}, {"q": "x"}, {"r": [{"s": 1}]}]},
    {"lists": [[1, 2], ["a"]]},
    {"date": "2026-01-01"},
    {"date": "no date"},
    {"empty map": {}, "empty list": []},
    {"event.name": {"x": 1}},
    {"control": '\u0000\u001f"\\'},
    {f"number {n}": n for n in range(1_020)},
    {f"text {n}": "x" for n in range(1_020)},
]
TEXTS = [json.dumps(each, ensure_ascii=False) for each in ATTRIBUTES]
