"""Index templates for the plain indices. What is not named here is kept in the source, and not searched by."""

from typing import Any, Final

from correlator.elasticsearch.names import Names
from correlator.elasticsearch.templates.template import KEYWORD, LONG, META, NAME, PRIORITY, STORED, Template

SETTINGS: Final = {
    "index.number_of_shards": 1,  # _seq_no is counted in a shard: markers of requests need one
    "index.auto_expand_replicas": "0-1",
    "index.mapping.ignore_malformed": True,
}
_TIME: Final = {"type": "date_nanos"}
_TEXT: Final = {"type": "text"}
_BOOLEAN: Final = {"type": "boolean"}

_CONCLUSION: Final[dict[str, Any]] = {
    "@timestamp": _TIME,
    "ecs.version": KEYWORD,
    "message": _TEXT,
    "service.name": KEYWORD,
    "trace.id": KEYWORD,
    "event": {
        "properties": {
            "id": NAME,
            "kind": KEYWORD,
            "dataset": KEYWORD,
            "provider": KEYWORD,
            "outcome": KEYWORD,
            "start": _TIME,
            "end": _TIME,
            "duration": LONG,
            "reason": _TEXT,
            "url": KEYWORD,
        }
    },
    "rule": {"properties": {"id": KEYWORD, "name": KEYWORD}},
    "error": {"properties": {"type": KEYWORD, "message": _TEXT}},
    "correlator": {
        "dynamic": False,
        "properties": {
            "incident": {
                "properties": {
                    "key": NAME,
                    "state": KEYWORD,
                    "severity": KEYWORD,
                    "title": {**_TEXT, "fields": {"keyword": KEYWORD}},
                    "previous": NAME,
                    "cause_fingerprint": NAME,
                    "ordinal": LONG,
                    "opened_at_unix_nano": LONG,
                    "failures": LONG,
                    "services": KEYWORD,
                    "systems": KEYWORD,
                    "workflows": KEYWORD,
                }
            },
            "cause": {
                "properties": {
                    "component": KEYWORD,
                    "operation": KEYWORD,
                    "system": KEYWORD,
                    "kind": KEYWORD,
                    "confidence": {"type": "double"},
                    "fingerprint": NAME,
                }
            },
            "finding": {
                "properties": {
                    "summary": _TEXT,
                    "abstained": _BOOLEAN,
                    "alternatives": _TEXT,
                    "missing_signals": KEYWORD,
                }
            },
            "exact": STORED,  # as the store reads it back
        },
    },
}
_ERROR_GROUP: Final[dict[str, Any]] = {
    "@timestamp": _TIME,
    "message": {**_TEXT, "fields": {"keyword": KEYWORD}},
    "service.name": KEYWORD,
    "trace.id": KEYWORD,
    "error.type": KEYWORD,
    "correlator": {
        "dynamic": False,
        "properties": {
            "system": KEYWORD,
            "error_group": {
                "properties": {
                    "fingerprint": NAME,
                    "operation": KEYWORD,
                    "count": LONG,
                    "first_seen": _TIME,
                    "last_seen_unix_nano": LONG,
                }
            },
            "exact": STORED,
        },
    },
}
FIELDS: Final[dict[str, dict[str, Any]]] = {
    "requests": {
        "arrival_unix_nano": LONG,
        "writer": NAME,
        "spans": LONG,
        "logs": LONG,
        "metrics": LONG,
        "errors": LONG,
        "events": LONG,
    },
    "incidents": _CONCLUSION,
    "findings": _CONCLUSION,
    "error-groups": _ERROR_GROUP,
    "state": {"chain": NAME, "number": LONG},
    "minutes": {
        "@timestamp": {"type": "date"},
        "kind": KEYWORD,
        "objective_id": NAME,
        "hour": LONG,
        "first_minute": LONG,
        "good": LONG,
        "total": LONG,
        "rows": STORED,
    },
    "outcomes": {
        "objective_id": NAME,
        "identity": NAME,
        "minute": LONG,
        "is_good": _BOOLEAN,
        "is_gone": _BOOLEAN,
    },
    "runs": {"workflow_id": NAME, "execution_id": NAME, "started_unix_nano": LONG, "value": STORED},
    "run-parts": {"ref": NAME, "trace": NAME, "execution": NAME, "newest_unix_nano": LONG, "value": STORED},
}
"""By the word in Names.index."""


def plain_index_template(word: str, names: Names) -> Template:
    """For the plain indices of a prefix, whatever their namespace."""
    name = f"{names.prefix}-{word}"
    mappings = {"dynamic": False, "date_detection": False, "_meta": META, "properties": FIELDS[word]}
    body = {
        "index_patterns": [name, f"{name}-*"],
        "priority": PRIORITY,
        "template": {"settings": SETTINGS, "mappings": mappings},
        "version": META["version"],
        "_meta": META,
    }
    return Template("index template", name, body)
