"""Error patterns: which errors there are, where, how often, since when."""

from typing import Final

from dashboards.source.kibana import fields, searches
from dashboards.source.kibana.charts import About, donut, figure, lines, table
from dashboards.source.kibana.columns import count, distinct, latest, over_time, top
from dashboards.source.kibana.controls import by_service, by_system
from dashboards.source.kibana.data_views import LOGS, RECORDS, TRACES
from dashboards.source.kibana.layout import Board, row

_RED: Final = "#BD271E"
_TRACES_HIT: Final = distinct("Traces", fields.TRACE)

_FIGURES: Final = row(
    6,
    figure(
        About("Failed spans", "Spans that failed in what is shown.", TRACES, fields.FAILED_SPANS),
        count("Failed spans"),
        _RED,
    ),
    figure(
        About("Errors logged", "Log records that tell of an error.", LOGS, fields.ERROR_LOGS), count("Error logs"), _RED
    ),
    figure(
        About(
            "Traces with errors", "Traces in which anything failed, or was logged as an error.", RECORDS, fields.ERRORS
        ),
        distinct("Traces", fields.TRACE),
    ),
    figure(
        About(
            "Services with errors",
            "Services of which at least one span or log record is an error.",
            RECORDS,
            fields.ERRORS,
        ),
        distinct("Services", fields.SERVICE),
    ),
)
_OVER_TIME: Final = row(
    12,
    lines(
        About("Failed spans by service", "When spans failed, and whose.", TRACES, fields.FAILED_SPANS),
        (over_time(), top("Service", fields.SERVICE, 8)),
        (count("Failed spans"),),
        "bar_stacked",
    ),
    lines(
        About("Error logs by service", "When errors were logged, and by whom.", LOGS, fields.ERROR_LOGS),
        (over_time(), top("Service", fields.SERVICE, 8)),
        (count("Error logs"),),
        "bar_stacked",
    ),
)
_KINDS: Final = row(
    15,
    table(
        About(
            "Exceptions",
            "Types of exceptions in error logs: how often, in how many traces, when last.",
            LOGS,
            fields.ERROR_LOGS,
        ),
        (top("Service", fields.SERVICE, 8), top("Exception", fields.EXCEPTION_TYPE, 10)),
        (count("Records"), _TRACES_HIT, latest("Last")),
    ),
    table(
        About(
            "Failed operations",
            "Operations whose spans failed: how often, in how many traces, when last.",
            TRACES,
            fields.FAILED_SPANS,
        ),
        (top("Service", fields.SERVICE, 8), top("Operation", fields.NAME, 10)),
        (count("Failed spans"), _TRACES_HIT, latest("Last")),
    ),
)
_SHARES: Final = row(
    12,
    donut(
        About(
            "Errors by system",
            "Which of n8n, bridge and worker tells of errors; the first to fail is named by the incident.",
            RECORDS,
            fields.ERRORS,
        ),
        top("System", fields.SYSTEM, 5),
        count("Errors"),
    ),
    table(
        About("What spans call their error", "Values of error.type on failed spans.", TRACES, fields.FAILED_SPANS),
        (top("Error", fields.ERROR_TYPE, 20),),
        (count("Failed spans"), _TRACES_HIT),
    ),
    table(
        About(
            "Nodes that fail", "n8n's nodes by failed runs.", TRACES, f"{fields.NODE}: * and ({fields.FAILED_SPANS})"
        ),
        (top("Node", fields.NODE, 20),),
        (count("Failed runs"), _TRACES_HIT),
    ),
)

ERRORS: Final = Board(
    "correlator-errors",
    "Which errors there are, whose they are, since when. A trace leads to its cause in the engine.",
    (by_service(RECORDS), by_system(RECORDS)),
    (_FIGURES, _OVER_TIME, _KINDS, _SHARES, row(16, searches.ERROR_LOGS)),
)
