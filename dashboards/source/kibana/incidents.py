"""Incidents: what the engine concluded. Each row leads to the incident in the engine."""

from typing import Final

from dashboards.source.kibana import fields, searches
from dashboards.source.kibana.charts import About, donut, figure, lines, table
from dashboards.source.kibana.columns import count, count_where, distinct, latest, over_time, top, total
from dashboards.source.kibana.controls import Control, by_service
from dashboards.source.kibana.data_views import CONCLUSIONS
from dashboards.source.kibana.layout import Board, row

_OPEN: Final = f"{fields.INCIDENTS} and {fields.STATE}: open"
_CRITICAL: Final = f"{_OPEN} and {fields.SEVERITY}: critical"
_UNKNOWN: Final = f"{fields.INCIDENTS} and {fields.ABSTAINED}: true"
_FAILURES: Final = total("Failures", fields.FAILURES)
_NOW_OPEN: Final = count_where("open", "Open", f"{fields.STATE}: open")

_FIGURES: Final = row(
    6,
    figure(About("Open", "Incidents that are open.", CONCLUSIONS, _OPEN), count("Open"), "#BD271E"),
    figure(
        About("Critical", "Open incidents that call somebody at once.", CONCLUSIONS, _CRITICAL),
        count("Critical"),
        "#BD271E",
    ),
    figure(
        About("All", "Incidents that failed in what is shown, resolved ones included.", CONCLUSIONS, fields.INCIDENTS),
        count("Incidents"),
    ),
    figure(
        About("Failures", "Stories that failed by the causes of these incidents.", CONCLUSIONS, fields.INCIDENTS),
        _FAILURES,
    ),
    figure(
        About(
            "Silent",
            "Incidents in which n8n said success though the bridge had failed.",
            CONCLUSIONS,
            fields.SILENT,
        ),
        count("Silent successes"),
        "#F5A700",
    ),
    figure(
        About(
            "Cause not known",
            "Incidents of which the engine names no cause, and says what is missing.",
            CONCLUSIONS,
            _UNKNOWN,
        ),
        count("Not known"),
    ),
)
_WHEN: Final = row(
    12,
    lines(
        About("By severity", "Incidents by the time of their last failure.", CONCLUSIONS, fields.INCIDENTS),
        (over_time(), top("Severity", fields.SEVERITY, 4)),
        (count("Incidents"),),
        "bar_stacked",
    ),
    donut(
        About("Which system failed first", "The system of the cause.", CONCLUSIONS, fields.INCIDENTS),
        top("System", fields.CAUSE_SYSTEM, 5),
        count("Incidents"),
    ),
    donut(
        About(
            "Kinds of causes",
            "What the first failure was: an exception, an answer, a timeout.",
            CONCLUSIONS,
            fields.INCIDENTS,
        ),
        top("Kind", fields.CAUSE_KIND, 8),
        count("Incidents"),
    ),
)
_CAUSES: Final = row(
    14,
    table(
        About("Causes", "Components that failed first.", CONCLUSIONS, fields.INCIDENTS),
        (top("Component", fields.CAUSE_COMPONENT, 10), top("Operation", fields.CAUSE_OPERATION, 5)),
        (count("Incidents"), _NOW_OPEN, _FAILURES, latest("Last")),
    ),
    table(
        About("Workflows hit", "An incident counts for each workflow that it hit.", CONCLUSIONS, fields.INCIDENTS),
        (top("Workflow", fields.WORKFLOWS, 20),),
        (count("Incidents"), _NOW_OPEN, latest("Last")),
    ),
    table(
        About("Known ways of failing", "Rules that fit; what to do is in the incident.", CONCLUSIONS, fields.INCIDENTS),
        (top("Rule", fields.PATTERN_NAME, 20),),
        (count("Incidents"), distinct("Services", fields.SERVICE), latest("Last")),
    ),
)

INCIDENTS: Final = Board(
    "correlator-incidents-board",
    "What the engine concluded: incidents, their causes, whom they hit. Each row leads to the incident in the engine.",
    (
        Control("Severity", fields.SEVERITY, CONCLUSIONS),
        Control("State", fields.STATE, CONCLUSIONS),
        by_service(CONCLUSIONS),
        Control("Workflow", fields.WORKFLOWS, CONCLUSIONS),
    ),
    (_FIGURES, row(16, searches.INCIDENTS), _WHEN, _CAUSES, row(14, searches.SILENT_SUCCESSES)),
)
