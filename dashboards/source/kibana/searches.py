"""Saved searches: the questions that are asked most, in Discover and on dashboards."""

import json
from dataclasses import dataclass
from typing import Final

from dashboards.source.kibana import fields
from dashboards.source.kibana.columns import kql
from dashboards.source.kibana.data_views import CONCLUSIONS, LOGS, RECORDS, TRACES, DataView
from dashboards.source.kibana.saved_object import PREFIX, Reference, SavedObject

_INDEX: Final = "kibanaSavedObjectMeta.searchSourceJSON.index"


@dataclass(frozen=True, slots=True)
class Search:
    """`query` is KQL; `columns` in their order, the time is always the first; `sort` is a field, `is_descending` its direction."""

    name: str
    title: str
    description: str
    view: DataView
    query: str
    columns: tuple[str, ...]
    sort: str = fields.TIME
    is_descending: bool = True

    @property
    def id(self) -> str:
        return f"{PREFIX}{self.name}"

    def reference(self, name: str) -> Reference:
        """As a panel that shows it refers to it."""
        return Reference("search", self.id, name)

    def built(self) -> SavedObject:
        source = {"highlightAll": True, "version": True, "query": kql(self.query), "filter": [], "indexRefName": _INDEX}
        attributes = {
            "title": self.title,
            "description": self.description,
            "columns": list(self.columns),
            "sort": [[self.sort, "desc" if self.is_descending else "asc"]],
            "grid": {},
            "hideChart": False,
            "isTextBasedQuery": False,
            "timeRestore": False,
            "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps(source)},
        }
        return SavedObject("search", self.id, attributes, (self.view.reference(_INDEX),))


STORY: Final = Search(
    "one-story",
    "correlator: one story across systems",
    "Spans and log records of n8n, bridge and worker in the order in which they happened. Filter by trace.id, or by one of "
    "correlator.join_keys where the trace broke on the way.",
    RECORDS,
    f"{fields.TRACE}: * or {fields.JOIN_KEYS}: *",
    (fields.SYSTEM, fields.SERVICE, fields.NAME, fields.MESSAGE, fields.IS_ERROR, fields.DURATION, fields.TRACE),
    is_descending=False,
)
WORKFLOW_FAILURES: Final = Search(
    "workflow-failures",
    "correlator: all failures of a workflow",
    "Every failed execution and node that names its workflow. Add a filter on the workflow's name.",
    RECORDS,
    f"{fields.WORKFLOW}: * and ({fields.ERRORS})",
    (fields.WORKFLOW, fields.EXECUTION, fields.NODE, fields.EXCEPTION_TYPE, fields.MESSAGE, fields.TRACE),
)
SILENT_SUCCESSES: Final = Search(
    "silent-successes",
    "correlator: silent successes",
    "Incidents in which n8n said success though the bridge behind it had failed: the node's setting On Error hid it.",
    CONCLUSIONS,
    fields.SILENT,
    (fields.WORKFLOWS, fields.MESSAGE, fields.FAILURES, fields.CAUSE_COMPONENT, fields.TRACE, fields.LINK),
)
SLOWEST_NODES: Final = Search(
    "slowest-nodes",
    "correlator: slowest nodes",
    "Runs of n8n's nodes, the longest first.",
    TRACES,
    f"{fields.NODE}: *",
    (fields.DURATION, fields.NODE, fields.NODE_TYPE, fields.EXECUTION, fields.STATUS, fields.TRACE),
    sort=fields.DURATION,
)
ERROR_LOGS: Final = Search(
    "error-logs",
    "correlator: error logs",
    "Log records that tell of an error, the newest first.",
    LOGS,
    fields.ERROR_LOGS,
    (fields.SERVICE, fields.LEVEL, fields.EXCEPTION_TYPE, fields.MESSAGE, fields.TRACE),
)
INCIDENTS: Final = Search(
    "incidents",
    "correlator: incidents",
    "One row an incident, the one that failed last first; its link leads to the cause.",
    CONCLUSIONS,
    fields.INCIDENTS,
    (
        fields.STATE,
        fields.SEVERITY,
        fields.MESSAGE,
        fields.FAILURES,
        fields.CAUSE_COMPONENT,
        fields.SERVICE,
        fields.LINK,
    ),
)
SEARCHES: Final = (STORY, WORKFLOW_FAILURES, SILENT_SUCCESSES, SLOWEST_NODES, ERROR_LOGS, INCIDENTS)
