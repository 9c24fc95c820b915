"""A log shipper's document as the line that it shipped: what the doors read is a JSON object with the names of ECS.

Filebeat and its like put a line's text into `message`, or the object that it parsed to beside their own fields, or below
`json`; fields nested, dotted or both; and Elasticsearch tells a value from a list of one nowhere.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

import msgspec

from correlator import semconv
from correlator.elasticsearch.foreign.otel_values import Json

PARSED: Final = "json"
"""Where Filebeat puts what a line parsed to, unless it is told to put that at the top (its option `keys_under_root`)."""
SINGLE: Final = frozenset(
    {
        semconv.ECS_TIMESTAMP, semconv.ECS_LOG_LEVEL, semconv.ECS_MESSAGE, semconv.ECS_TRACE_ID, semconv.ECS_SPAN_ID,
        semconv.ECS_SERVICE_NAME, semconv.ECS_ERROR_TYPE, semconv.ECS_ERROR_MESSAGE, semconv.ECS_ERROR_STACK_TRACE,
        "trace_id", "span_id", "transaction.id", "log.logger", "level", "system",
    }
)  # fmt: skip
"""Fields of which a record has one: of several values the first counts."""
LABELS: Final = "labels."


def ecs_line(document: Mapping[str, Json], fields: Mapping[str, str], single: Collection[str] = ()) -> dict[str, Json]:
    """The line. `fields` leads from names of ECS to the document's own; further names of one value are in `single`."""
    line = _with_names(_unwrapped(document), fields)
    return {name: _single(name, value, SINGLE.union(single)) for name, value in line.items()}


def value_at(document: Mapping[str, Json], path: str) -> Json:
    """The field of a dotted name, nested at any of its dots; None where there is none."""
    if path in document:
        return document[path]
    for at, character in enumerate(path):
        if character == "." and isinstance(inner := document.get(path[:at]), dict):
            value = value_at(inner, path[at + 1 :])
            if value is not None:
                return value
    return None


def _unwrapped(document: Mapping[str, Json]) -> dict[str, Json]:
    """What a line parses to counts before what its shipper says."""
    around = dict(document)
    parsed = around.pop(PARSED, None)
    if isinstance(parsed, dict):
        return around | parsed
    inner = _parsed(around.get(semconv.ECS_MESSAGE))
    if inner is None:
        return dict(document)
    del around[semconv.ECS_MESSAGE]
    return around | inner


def _parsed(message: Json) -> dict[str, Any] | None:
    """The object that a text is, None where it is none."""
    text = message[0] if isinstance(message, list) and message else message
    if not isinstance(text, str) or not text.startswith("{"):
        return None
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError):
        return None


def _with_names(document: dict[str, Json], fields: Mapping[str, str]) -> dict[str, Json]:
    """The document with the values of `fields` under the names of ECS too, which makes it a line of ECS."""
    if not fields:
        return document
    named = {name: value_at(document, path) for name, path in fields.items()}
    found = {name: value for name, value in named.items() if value is not None}
    rest = {name: value for name, value in document.items() if name not in fields.values()}
    return {semconv.ECS_VERSION: "8.0.0"} | rest | found


def _single(name: str, value: Json, names: Collection[str]) -> Json:
    """The first of several values of a field that has one, also of those nested below `name`."""
    if isinstance(value, dict):
        return {key: _single(f"{name}.{key}", inner, names) for key, inner in value.items()}
    if isinstance(value, list) and value and (name in names or name.startswith(LABELS)):
        return value[0]
    return value
