"""Component templates of records: fields, and what keeps an odd attribute from losing a document."""

from typing import Any, Final

from correlator.elasticsearch.templates.attributes import RECORD_ATTRIBUTES, RESOURCE_ATTRIBUTES
from correlator.elasticsearch.templates.template import KEYWORD, LONG, META, NAME, STORED, alias

FIELDS: Final = 2_000
"""Mapped at most; attributes beyond are kept, and not searched by. Lucene and the cluster state grow with each."""
METRIC_NAMES: Final = 10_000  # as the stock templates allow
ATTRIBUTES: Final = {"type": "passthrough", "dynamic": True}
"""Names with dots are one name each (a text `a` beside an `a.b` is no conflict), and found without the prefix too."""

SETTINGS: Final[dict[str, Any]] = {
    "index.codec": "best_compression",
    "index.auto_expand_replicas": "0-1",
    "index.mapping.ignore_malformed": True,
    "index.mapping.total_fields.limit": FIELDS,
    "index.mapping.total_fields.ignore_dynamic_beyond_limit": True,
}

_TIMES: Final[dict[str, Any]] = {"type": "date_nanos"}
_NOT_SEARCHED: Final[dict[str, Any]] = {"type": "long", "index": False}
_OWN: Final[dict[str, Any]] = {
    "dynamic": False,
    "properties": {
        "request": NAME,
        "row": _NOT_SEARCHED,
        "arrival": LONG,
        "marks": _NOT_SEARCHED,
        "flags": _NOT_SEARCHED,
        "event": _NOT_SEARCHED,
        "system": NAME,
        "service": NAME,
        "is_error": {"type": "boolean"},
        "join_keys": NAME,
        "events": STORED,
        "point": STORED,
        "unindexed": STORED,
    },
}
_COMMON: Final[dict[str, Any]] = {
    "@timestamp": {**_TIMES, "ignore_malformed": False},
    "data_stream.type": {"type": "constant_keyword"},
    "data_stream.dataset": {"type": "constant_keyword"},
    "data_stream.namespace": {"type": "constant_keyword"},
    "event.dataset": alias("data_stream.dataset"),
    "trace_id": KEYWORD,
    "trace.id": alias("trace_id"),
    "span_id": KEYWORD,
    "span.id": alias("span_id"),
    "dropped_attributes_count": LONG,
    "attributes": {**ATTRIBUTES, "priority": 20, "properties": RECORD_ATTRIBUTES},
    "error.exception.type": alias("attributes.exception.type"),
    "error.exception.message": alias("attributes.exception.message"),
    "error.stack_trace": alias("attributes.exception.stacktrace"),
    "scope": {
        "properties": {
            "name": KEYWORD,
            "version": KEYWORD,  # not of type version, as the stock templates have it: that refuses numbers over 2**31 - 1, and long texts
            "schema_url": KEYWORD,
            "dropped_attributes_count": LONG,
            "attributes": {**ATTRIBUTES, "priority": 30},
        }
    },
    "resource": {
        "properties": {
            "schema_url": KEYWORD,
            "dropped_attributes_count": LONG,
            "attributes": {
                **ATTRIBUTES,
                "priority": 40,
                "properties": RESOURCE_ATTRIBUTES,
            },
        }
    },
    "correlator": _OWN,
}
_DYNAMIC: Final[list[dict[str, Any]]] = [
    {"texts": {"match_mapping_type": "string", "mapping": KEYWORD}},
    {"doubles": {"match_mapping_type": "double", "mapping": {"type": "double"}}},
]
_SPANS: Final[dict[str, Any]] = {
    "parent_span_id": KEYWORD,
    "parent.id": alias("parent_span_id"),
    "trace_state": KEYWORD,
    "name": NAME,
    "span.name": alias("name"),
    "kind": KEYWORD,
    "duration": {"type": "long", "meta": {"unit": "nanos"}},
    "status": {"properties": {"code": KEYWORD, "message": KEYWORD}},
    "links": {
        "dynamic": False,
        "properties": {"trace_id": KEYWORD, "span_id": KEYWORD},
    },
    "dropped_events_count": LONG,
    "dropped_links_count": LONG,
}
DEPTH: Final = 65
"""Of a body: the most that settings allow (limits.nesting_depth), and one level for a list that is wrapped."""
_LOGS: Final[dict[str, Any]] = {
    "observed_timestamp": _TIMES,
    "severity_number": LONG,
    "severity_text": KEYWORD,
    "log.level": alias("severity_text"),
    "event_name": KEYWORD,
    "body": {
        "dynamic": False,
        "properties": {
            "text": {"type": "match_only_text"},
            "structured": {"type": "flattened", "ignore_above": 1024, "depth_limit": DEPTH},
        },
    },
    "message": alias("body.text"),
}
_METRICS: Final[dict[str, Any]] = {
    "start_timestamp": _TIMES,
    "unit": KEYWORD,
    "metrics": {**ATTRIBUTES, "priority": 10},
}
_METRIC_VALUES: Final[list[dict[str, Any]]] = [
    {"metric_values": {"path_match": "metrics.*", "match_mapping_type": "long", "mapping": {"type": "double"}}},
    *(
        {name: {"mapping": {"type": "double"}}}
        for name in ("gauge_long", "gauge_double", "counter_long", "counter_double")
    ),
    *({name: {"mapping": STORED}} for name in ("histogram", "summary", "summary_minmax")),
]
"""A value that comes without a fraction first must not make the field one of whole numbers. The others the Collector asks for
by name: what it writes into our streams is taken too."""


def component_bodies() -> dict[str, dict[str, Any]]:
    """By the word that their names end with."""
    return {
        "records": _component(
            {"dynamic": False, "date_detection": False, "dynamic_templates": _DYNAMIC, "properties": _COMMON}, SETTINGS
        ),
        "traces": _component({"properties": _SPANS}),
        "logs": _component({"properties": _LOGS}),
        "metrics": _component(
            {"dynamic_templates": _METRIC_VALUES, "properties": _METRICS},
            {"index.mapping.total_fields.limit": METRIC_NAMES},
        ),
    }


def _component(mappings: dict[str, Any], settings: dict[str, Any] | None = None) -> dict[str, Any]:
    template = {"mappings": mappings} | ({"settings": settings} if settings else {})
    return {"template": template, "version": META["version"], "_meta": META}
