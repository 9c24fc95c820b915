"""How many records a request holds: OTLP's answer says only how many were refused."""

from collections.abc import Iterable
from typing import Any

import msgspec

from correlator.cli.otlp_file import LEVELS, MESSAGES, OtlpRequest, snake


def count_records(request: OtlpRequest) -> int:
    """Spans, log records or data points of a request that `read_requests` gave."""
    levels = LEVELS[request.signal]
    if request.encoding == "json":
        found = _walk([msgspec.json.decode(request.body)], levels, _json_list)
        return len(found) if request.signal != "metrics" else sum(map(_json_points, found))
    message = MESSAGES[request.signal].FromString(request.body)
    found = _walk([message], tuple(map(snake, levels)), lambda parent, name: getattr(parent, name))
    return len(found) if request.signal != "metrics" else sum(map(_points, found))


def _walk(parents: list[Any], levels: Iterable[str], children: Any) -> list[Any]:
    for name in levels:
        parents = [child for parent in parents for child in children(parent, name)]
    return parents


def _json_list(parent: Any, name: str) -> list[Any]:
    value = parent.get(name) if isinstance(parent, dict) else None
    return value if isinstance(value, list) else []


def _json_points(metric: Any) -> int:
    kinds = metric.values() if isinstance(metric, dict) else ()
    return sum(len(_json_list(kind, "dataPoints")) for kind in kinds)


def _points(metric: Any) -> int:
    kind = metric.WhichOneof("data")
    return len(getattr(metric, kind).data_points) if kind else 0
