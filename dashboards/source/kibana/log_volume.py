"""Log volume: who logs how much of what, and what cannot be joined to a trace."""

from typing import Final

from dashboards.source.kibana import fields
from dashboards.source.kibana.charts import About, donut, figure, lines, table
from dashboards.source.kibana.columns import count, count_where, distinct, latest, over_time, top
from dashboards.source.kibana.controls import Control, by_service, by_system
from dashboards.source.kibana.data_views import LOGS
from dashboards.source.kibana.layout import Board, row

_WARNINGS: Final = f"{fields.LEVEL}: (WARN or WARNING or warn or warning)"
_ERRORS: Final = count_where("errors", "Errors", fields.ERROR_LOGS)

_FIGURES: Final = row(
    6,
    figure(About("Log records", "All that was logged in what is shown.", LOGS), count("Log records")),
    figure(About("Errors", "Log records that tell of an error.", LOGS, fields.ERROR_LOGS), count("Errors"), "#BD271E"),
    figure(About("Warnings", "Log records of level warning.", LOGS, _WARNINGS), count("Warnings"), "#F5A700"),
    figure(
        About(
            "Without a trace",
            "Log records that carry no trace id: they join a story by other ids only.",
            LOGS,
            f"not {fields.TRACE}: *",
        ),
        count("Without a trace"),
    ),
    figure(About("Services that log", "How many services log.", LOGS), distinct("Services", fields.SERVICE)),
    figure(About("Traces", "How many traces have log records.", LOGS), distinct("Traces", fields.TRACE)),
)
_OVER_TIME: Final = row(
    12,
    lines(
        About("By level", "How much was logged when, by level.", LOGS),
        (over_time(), top("Level", fields.LEVEL, 8)),
        (count("Log records"),),
        "bar_stacked",
    ),
    lines(
        About("By service", "How much was logged when, and by whom. A service that falls silent ends here.", LOGS),
        (over_time(), top("Service", fields.SERVICE, 8)),
        (count("Log records"),),
        "area",
    ),
)
_WHO: Final = row(
    14,
    donut(
        About("By system", "Shares of n8n, bridge and worker.", LOGS),
        top("System", fields.SYSTEM, 5),
        count("Log records"),
    ),
    table(
        About("Services", "How much each logs, how much of it are errors, when it was last heard of.", LOGS),
        (top("Service", fields.SERVICE, 50),),
        (count("Log records"), _ERRORS, distinct("Traces", fields.TRACE), latest("Last")),
    ),
    table(
        About("Workflows", "Log records that name an n8n workflow.", LOGS, f"{fields.WORKFLOW}: *"),
        (top("Workflow", fields.WORKFLOW, 50),),
        (count("Log records"), _ERRORS, distinct("Executions", fields.EXECUTION)),
    ),
)

LOG_VOLUME: Final = Board(
    "correlator-log-volume",
    "Who logs how much of what, and what carries no trace.",
    (by_service(LOGS), by_system(LOGS), Control("Level", fields.LEVEL, LOGS)),
    (_FIGURES, _OVER_TIME, _WHO),
)
