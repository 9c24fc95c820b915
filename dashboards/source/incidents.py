"""Incidents and their causes, and whether the engine that finds them is well."""

from typing import Final

from dashboards.source.causes import causes_table
from dashboards.source.layout import Board, Row, line
from dashboards.source.links import INCIDENTS, OVERVIEW, SLOS, to_dashboard
from dashboards.source.panels import RED, About, Column, good_below, stat, table, timeseries
from dashboards.source.queries import Query
from dashboards.source.variables import Variable

SYSTEM: Final = Variable(
    "system", "System", "correlator_incident_cause_info", "system", "Systems in which an incident's cause lies."
)
SEVERITY: Final = Variable(
    "severity", "Severity", "correlator_incidents_opened_total", "severity", "How grave incidents are."
)
_OF: Final = '{severity=~"$severity"}'

_FIGURES: Final = line(
    "Now",
    4,
    stat(
        About(
            "Open incidents",
            "Causes that fail stories now.",
            "none",
            good_below(1, 3),
            (to_dashboard(OVERVIEW, "Overview"),),
        ),
        Query(f"sum(correlator_incidents{_OF}) or vector(0)"),
    ),
    stat(
        About("Opened", "Incidents that began in the time shown.", "short", good_below(1, 10), decimals=0),
        Query(f"sum(increase(correlator_incidents_opened_total{_OF}[$__range])) or vector(0)"),
    ),
    stat(
        About("Alerts firing", "Alerts that somebody is told of now.", "none", good_below(1, 5)),
        Query('count(ALERTS{alertstate="firing"}) or vector(0)'),
    ),
    stat(
        About(
            "Investigated",
            "Failing stories that were accounted for in the time shown.",
            "short",
            decimals=0,
        ),
        Query("sum(increase(correlator_investigations_total[$__range]))"),
    ),
    stat(
        About(
            "Without a cause",
            "Open incidents whose evidence does not suffice for a cause; each names what is missing.",
            "none",
            good_below(1, 3),
        ),
        Query('sum(correlator_incidents{cause_kind="unknown"}) or vector(0)'),
    ),
    stat(
        About(
            "Engine behind",
            "Age of the oldest work that the engine has not done. An alert asks at a minute.",
            "s",
            good_below(10, 60),
        ),
        Query('max(correlator_stage_lag_seconds{stage=~"record|watch"})'),
    ),
)
_CAUSES: Final = Row(
    "Causes",
    9,
    (
        causes_table("$system"),
        table(
            About(
                "Objectives that incidents burn",
                "Which promise each open incident breaks.",
                "none",
                ((None, RED),),
            ),
            Query(
                'max by (incident, sloth_id, cause) (correlator_incident_cause_info{sloth_id!="", system=~"$system"})'
            ),
            Column(
                "sloth_id",
                "Objective",
                width=220,
                link=to_dashboard(SLOS, "This objective", service="$__all", slo="${__value.raw}"),
            ),
            Column("cause", "Cause"),
        ),
    ),
    (14, 10),
)
_TIMES: Final = line(
    "Over time",
    8,
    timeseries(
        About("Open by severity", "Causes that fail stories, each counted once.", "none", good_below(1), least=0),
        Query(f"sum by (severity) (correlator_incidents{_OF})", "{{severity}}"),
    ),
    timeseries(
        About("Opened by kind of cause", "Incidents that began within an hour.", "short", good_below(1), least=0),
        Query(f"sum by (cause_kind) (increase(correlator_incidents_opened_total{_OF}[1h]))", "{{cause_kind}}"),
    ),
    timeseries(
        About(
            "Known patterns seen",
            "Rules of rules/patterns that fit what was watched, within an hour; each says what to do.",
            "short",
            least=0,
        ),
        Query("sum by (rule) (increase(correlator_pattern_matches_total[1h]))", "{{rule}}"),
    ),
    timeseries(
        About("Alerts by severity", "Alerts that somebody is told of.", "none", good_below(1), least=0),
        Query('count by (severity) (ALERTS{alertstate="firing"})', "{{severity}}"),
    ),
)
_ENGINE: Final = line(
    "The engine",
    8,
    timeseries(
        About("Records", "Records a second that were made durable, by signal.", "ops", least=0),
        Query("sum by (signal) (rate(correlator_records_stored_total[$__rate_interval]))", "{{signal}}"),
    ),
    timeseries(
        About(
            "Refused and lost",
            "Records a second that were refused, and failures of store and watch. All should be none.",
            "ops",
            good_below(0.1),
            least=0,
        ),
        Query("sum by (reason) (rate(correlator_records_rejected_total[$__rate_interval]))", "refused: {{reason}}"),
        Query("sum by (kind) (rate(correlator_store_errors_total[$__rate_interval]))", "store: {{kind}}"),
        Query("sum(rate(correlator_watch_turn_failures_total[$__rate_interval]))", "watch"),
    ),
    timeseries(
        About(
            "Behind by",
            "Age of the oldest work that a stage has not done. seal may wait.",
            "s",
            good_below(60),
            least=0,
        ),
        Query("max by (stage) (correlator_stage_lag_seconds)", "{{stage}}"),
    ),
    timeseries(
        About("Failing stories by outcome", "Stories a second that the watch accounted for.", "ops", least=0),
        Query("sum by (outcome) (rate(correlator_investigations_total[$__rate_interval]))", "{{outcome}}"),
    ),
)

BOARD: Final = Board(
    INCIDENTS,
    "Correlator / Incidents and causes",
    "What fails now and why, which promises it breaks, and whether the engine that says so is well.",
    (SEVERITY, SYSTEM),
    (_FIGURES, _CAUSES, _TIMES, _ENGINE),
)
