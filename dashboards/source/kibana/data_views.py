"""Data views: which indices panels read, and how Kibana shows their values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from dashboards.source.kibana import fields
from dashboards.source.kibana.saved_object import PREFIX, Reference, SavedObject

ENGINE_URL: Final = "http://127.0.0.1:7070"
"""Where links lead until `correlator kibana import --engine-url URL` says where people reach the engine."""
INDEX_PREFIX: Final = "correlator"
"""What indices of conclusions are called by; the import writes the setting elasticsearch.prefix instead."""

_DURATION: Final = {
    "id": "duration",
    "params": {
        "inputFormat": "nanoseconds",
        "outputFormat": "humanizePrecise",
        "outputPrecision": 1,
        "includeSpaceWithSuffix": True,
        "useShortSuffix": True,
    },
}


def link(template: str) -> dict[str, Any]:
    """How a value becomes a link: `{{value}}` is the value, escaped for a URL, `{{rawValue}}` as it is."""
    params = {"type": "a", "urlTemplate": template, "labelTemplate": "{{rawValue}}", "openLinkInCurrentTab": False}
    return {"id": "url", "params": params}


_TO_TRACE: Final = link(f"{ENGINE_URL}/api/v1/traces/{{{{value}}}}/root-cause")
_TO_INCIDENT: Final = link(f"{ENGINE_URL}/api/v1/incidents/{{{{value}}}}/root-cause")


@dataclass(frozen=True, slots=True)
class DataView:
    """`pattern` is what Elasticsearch is asked for. `formats` by field: Kibana's formatter and its parameters."""

    name: str
    title: str
    pattern: str
    formats: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{PREFIX}{self.name}"

    def reference(self, name: str) -> Reference:
        """As an object that reads it refers to it."""
        return Reference("index-pattern", self.id, name)

    def built(self) -> SavedObject:
        """allowNoIndex: it can be imported before the first record is there."""
        attributes = {
            "title": self.pattern,
            "name": self.title,
            "timeFieldName": fields.TIME,
            "allowNoIndex": True,
            "fieldFormatMap": json.dumps(self.formats, sort_keys=True),
            "fieldAttrs": "{}",
            "fields": "[]",
            "runtimeFieldMap": "{}",
            "sourceFilters": "[]",
        }
        return SavedObject("index-pattern", self.id, attributes)


_OF_TRACES: Final = {fields.TRACE: _TO_TRACE, "trace_id": _TO_TRACE}
TRACES: Final = DataView("traces", "correlator: spans", "traces-*", {**_OF_TRACES, fields.DURATION: _DURATION})
LOGS: Final = DataView("logs", "correlator: log records", "logs-*", _OF_TRACES)
RECORDS: Final = DataView(
    "records", "correlator: spans and log records", "traces-*,logs-*", {**_OF_TRACES, fields.DURATION: _DURATION}
)
CONCLUSIONS: Final = DataView(
    "conclusions",
    "correlator: incidents and findings",
    f"{INDEX_PREFIX}-incidents*,{INDEX_PREFIX}-findings*",
    {fields.TRACE: _TO_TRACE, fields.INCIDENT: _TO_INCIDENT, fields.LINK: link("{{rawValue}}")},
)
DATA_VIEWS: Final = (TRACES, LOGS, RECORDS, CONCLUSIONS)
