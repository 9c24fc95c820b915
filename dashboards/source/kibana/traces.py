"""Trace analysis: traces and stories across systems, down to each record of one."""

from typing import Final

from dashboards.source.kibana import fields, searches
from dashboards.source.kibana.charts import About, figure, lines, table
from dashboards.source.kibana.columns import count, count_where, distinct, largest, latest, over_time, top
from dashboards.source.kibana.controls import Control, by_service, by_system
from dashboards.source.kibana.data_views import RECORDS
from dashboards.source.kibana.layout import Board, row

_ERRORS: Final = count_where("errors", "Errors", fields.ERRORS)
_TRACES_OF: Final = distinct("Traces", fields.TRACE)
_IN_A_TRACE: Final = f"{fields.TRACE}: *"

_FIGURES: Final = row(
    6,
    figure(
        About("Traces", "How many traces are in what is shown and chosen.", RECORDS), distinct("Traces", fields.TRACE)
    ),
    figure(About("Records", "Spans and log records.", RECORDS), count("Records")),
    figure(
        About("Errors", "Records that failed, or tell of an error.", RECORDS, fields.ERRORS), count("Errors"), "#BD271E"
    ),
    figure(
        About("Systems", "How many of n8n, bridge, worker and others take part.", RECORDS),
        distinct("Systems", fields.SYSTEM),
    ),
)
_OVER_TIME: Final = row(
    10,
    lines(
        About("Records by system", "Who was busy when.", RECORDS),
        (over_time(), top("System", fields.SYSTEM, 5)),
        (count("Records"),),
        "bar_stacked",
    ),
)
_TRACES: Final = row(
    16,
    table(
        About("Traces with most errors", "Each trace leads to its cause in the engine.", RECORDS, _IN_A_TRACE),
        (top("Trace", fields.TRACE, 50, by="errors"),),
        (
            _ERRORS,
            count("Records"),
            distinct("Services", fields.SERVICE),
            largest("Longest span", fields.DURATION),
            latest("Last"),
        ),
        by="errors",
    ),
    table(
        About(
            "Joined by",
            "Ids that records of several traces share, such as an execution, a job: what holds a broken story together.",
            RECORDS,
        ),
        (top("Key", fields.JOIN_KEYS, 50, by=_TRACES_OF.id),),
        (_TRACES_OF, distinct("Systems", fields.SYSTEM), count("Records"), _ERRORS),
        by=_TRACES_OF.id,
    ),
)

TRACES: Final = Board(
    "correlator-traces",
    "One story across systems: choose a trace, or an id that holds a broken one together.",
    (
        Control("Trace", fields.TRACE, RECORDS),
        Control("Joined by", fields.JOIN_KEYS, RECORDS),
        by_service(RECORDS),
        by_system(RECORDS),
    ),
    (_FIGURES, _OVER_TIME, _TRACES, row(20, searches.STORY), row(16, searches.WORKFLOW_FAILURES)),
)
