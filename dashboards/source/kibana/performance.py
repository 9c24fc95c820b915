"""Performance: how long workflows, nodes and calls take, and which are the slowest."""

from typing import Final

from dashboards.source.kibana import fields, searches
from dashboards.source.kibana.charts import About, figure, lines, table
from dashboards.source.kibana.columns import count, count_where, largest, over_time, percentile, top
from dashboards.source.kibana.controls import Control, by_service, by_system
from dashboards.source.kibana.data_views import TRACES
from dashboards.source.kibana.layout import Board, row

_SERVED: Final = f"{fields.KIND}: Server"
_WORKFLOWS: Final = f"{fields.NAME}: workflow.execute"
_JOBS: Final = f"{fields.KIND}: Consumer"
_TAKES: Final = (percentile(fields.DURATION, 50), percentile(fields.DURATION, 95), largest("Longest", fields.DURATION))
_FAILED: Final = count_where("failed", "Failed", fields.FAILED_SPANS)

_FIGURES: Final = row(
    6,
    figure(About("Requests served", "Spans of kind server.", TRACES, _SERVED), count("Requests")),
    figure(
        About("Requests, p95", "95 of 100 requests were answered within this time.", TRACES, _SERVED),
        percentile(fields.DURATION, 95),
    ),
    figure(
        About("Workflows, p95", "95 of 100 executions ended within this time.", TRACES, _WORKFLOWS),
        percentile(fields.DURATION, 95),
    ),
    figure(
        About("Jobs, p95", "95 of 100 jobs were done within this time, waiting left out.", TRACES, _JOBS),
        percentile(fields.DURATION, 95),
    ),
)
_OVER_TIME: Final = row(
    12,
    lines(
        About(
            "Requests over time",
            "How long requests took: half, 95 and 99 of 100 stay below each line.",
            TRACES,
            _SERVED,
        ),
        (over_time(),),
        tuple(percentile(fields.DURATION, percent) for percent in (50, 95, 99)),
    ),
    lines(
        About("p95 by service", "How long spans of each service took.", TRACES),
        (over_time(), top("Service", fields.SERVICE, 8, by="p95")),
        (percentile(fields.DURATION, 95),),
    ),
    lines(
        About("Answers by status", "HTTP status codes that were answered, or got.", TRACES, f"{fields.HTTP_STATUS}: *"),
        (over_time(), top("Status", fields.HTTP_STATUS, 8)),
        (count("Answers"),),
        "bar_stacked",
    ),
)
_SLOWEST: Final = row(
    15,
    table(
        About("Slowest operations", "By service and operation, the highest p95 first.", TRACES),
        (top("Service", fields.SERVICE, 8, by="p95"), top("Operation", fields.NAME, 10, by="p95")),
        (count("Spans"), _FAILED, *_TAKES),
        by="p95",
    ),
    table(
        About("Slowest workflows", "n8n's executions by workflow, the highest p95 first.", TRACES, _WORKFLOWS),
        (top("Workflow", fields.WORKFLOW, 20, by="p95"),),
        (count("Executions"), _FAILED, *_TAKES),
        by="p95",
    ),
    table(
        About(
            "Slowest kinds of nodes",
            "n8n's nodes by name and type, the highest p95 first.",
            TRACES,
            f"{fields.NODE}: *",
        ),
        (top("Node", fields.NODE, 20, by="p95"), top("Type", fields.NODE_TYPE, 3, by="p95")),
        (count("Runs"), _FAILED, *_TAKES),
        by="p95",
    ),
)

PERFORMANCE: Final = Board(
    "correlator-performance",
    "How long workflows, nodes, requests and jobs take. Durations are those of OpenTelemetry's spans.",
    (by_service(TRACES), by_system(TRACES), Control("Operation", fields.NAME, TRACES)),
    (_FIGURES, _OVER_TIME, _SLOWEST, row(16, searches.SLOWEST_NODES)),
)
