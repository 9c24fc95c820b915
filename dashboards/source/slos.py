"""Objectives: budget, burn rate and windows, under the names of series that Sloth's dashboards read."""

from typing import Final

from dashboards.source.layout import Board, Row, line
from dashboards.source.links import INCIDENTS, SERVICES, SLOS, to_dashboard
from dashboards.source.panels import About, Column, good_above, good_below, stat, table, timeseries
from dashboards.source.queries import Query
from dashboards.source.variables import Variable
from dashboards.source.workflow_names import with_workflow_names

SERVICE: Final = Variable("service", "Service", "sloth_slo_info", "sloth_service", "Who made the promise.")
SLO: Final = Variable(
    "slo",
    "Objective",
    'sloth_slo_info{sloth_service=~"$service"}',
    "sloth_id",
    "Objectives; of one for each workflow, each workflow's.",
)
WINDOWS: Final = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
"""Those of the alerts, as Google's SRE workbook has them."""
PERIOD: Final = "30d"
_OF: Final = '{sloth_service=~"$service", sloth_id=~"$slo"}'
_BY: Final = "max by (sloth_id)"


def _by_objective(series: str) -> Query:
    """A line for each objective; of one for each workflow, with the workflow's name."""
    return Query(with_workflow_names(f"{_BY} ({series}{_OF})"), "{{sloth_id}} {{workflow_name}}")


_FIGURES: Final = line(
    "In the period",
    5,
    stat(
        About(
            "Least budget left",
            "Of the objectives chosen, the least error budget left in its period. Below zero the promise is broken.",
            "percentunit",
            good_above(0, 0.25),
        ),
        Query(f"min(slo:period_error_budget_remaining:ratio{_OF})"),
    ),
    stat(
        About(
            "Fastest burn now",
            "The highest burn rate over five minutes. At 1 a budget lasts its period exactly.",
            "none",
            good_below(1, 6, 14.4),
            decimals=2,
        ),
        Query(f"max(slo:current_burn_rate:ratio{_OF})"),
    ),
    stat(
        About(
            "Burn over the period",
            "The highest burn rate over the whole period: 1 is a budget used up.",
            "none",
            good_below(0.75, 1),
            decimals=2,
        ),
        Query(f"max(slo:period_burn_rate:ratio{_OF})"),
    ),
    stat(
        About("Events", "Events that the chosen objectives count, in the period.", "short", decimals=0),
        Query(f"sum(slo:sli_total_events:increase{PERIOD}{_OF})"),
    ),
    stat(
        About("Bad events", "Of these, the bad ones.", "short", decimals=0),
        Query(f"sum(slo:sli_error_events:increase{PERIOD}{_OF})"),
    ),
    stat(
        About(
            "Alerts",
            "Pages and tickets that fire for the chosen objectives.",
            "none",
            good_below(1),
            (to_dashboard(INCIDENTS, "Incidents"),),
        ),
        Query('count(ALERTS{alertname="ErrorBudgetBurn", alertstate="firing", sloth_id=~"$slo"}) or vector(0)'),
    ),
)
_TABLES: Final = line(
    "",
    9,
    table(
        About(
            "Budget left",
            "Of each objective's error budget, what is left in the period.",
            "percentunit",
            good_above(0, 0.25),
        ),
        Query(with_workflow_names(f"max by (sloth_service, sloth_id) (slo:period_error_budget_remaining:ratio{_OF})")),
        Column(
            "sloth_service", "Service", width=110, link=to_dashboard(SERVICES, "This service", service="${__value.raw}")
        ),
        Column("sloth_id", "Objective"),
        Column("workflow_name", "Workflow", width=120),
        Column("Value", "Left", width=90),
    ),
    table(
        About("Promised", "The share of events that is to be good.", "percentunit"),
        Query(with_workflow_names(f"{_BY} (slo:objective:ratio{_OF})")),
        Column("sloth_id", "Objective"),
        Column("workflow_name", "Workflow", width=120),
        Column("Value", "Good", width=100),
    ),
    table(
        About(
            "Attained",
            "The share of events of the period that was good.",
            "percentunit",
            good_above(0.95, 0.99),
            decimals=3,
        ),
        Query(
            with_workflow_names(f"1 - {_BY} (slo:period_burn_rate:ratio{_OF}) * {_BY} (slo:error_budget:ratio{_OF})")
        ),
        Column("sloth_id", "Objective"),
        Column("workflow_name", "Workflow", width=120),
        Column("Value", "Good", width=100),
    ),
)
_BURN: Final = line(
    "Burn rate",
    9,
    timeseries(
        About(
            "Budget left over time",
            "How the error budget of the period goes down, and comes back as old failures leave the period.",
            "percentunit",
            good_above(0, 0.25),
            most=1,
        ),
        _by_objective("slo:period_error_budget_remaining:ratio"),
    ),
    timeseries(
        About(
            "Burn rate over five minutes",
            "How many times faster than allowed the budget goes. 14.4 spends 2 % of it in an hour.",
            "none",
            good_below(1, 6, 14.4),
            least=0,
        ),
        _by_objective("slo:current_burn_rate:ratio"),
    ),
)
_WINDOWS: Final = line(
    "Windows",
    9,
    timeseries(
        About(
            "Burn rate by window",
            "The highest of the chosen objectives. A page fires where 1h and 5m are above 14.4, or 6h and 30m above 6; a ticket where "
            "1d and 2h are above 3, or 3d and 6h above 1.",
            "none",
            good_below(1, 6, 14.4),
            least=0,
        ),
        *(
            Query(
                f"max(max by (sloth_id) (slo:sli_error:ratio_rate{window}{_OF})"
                f" / on (sloth_id) max by (sloth_id) (slo:error_budget:ratio{_OF}))",
                window,
            )
            for window in WINDOWS
        ),
    ),
    timeseries(
        About(
            "Known of each window",
            "How much of a window is known, the least of the chosen objectives. Below a half an alert does not end: it freezes.",
            "percentunit",
            good_above(0.5, 0.9),
            least=0,
            most=1,
        ),
        Query(f"min by (sloth_window) (slo:coverage:ratio{_OF})", "{{sloth_window}}"),
    ),
)
_EVENTS: Final = Row(
    "Events",
    8,
    (
        timeseries(
            About("Events of the last hour", "What each objective counts.", "short", least=0),
            _by_objective("slo:sli_total_events:increase1h"),
        ),
        timeseries(
            About(
                "Bad events of the last hour",
                "What each objective counts against its budget.",
                "short",
                good_below(1),
                least=0,
            ),
            _by_objective("slo:sli_error_events:increase1h"),
        ),
        timeseries(
            About(
                "Alert windows that are active",
                "1 while a pair of windows is over its factor. Both pairs of a severity can be.",
                "none",
                good_below(1),
                least=0,
                most=1,
            ),
            Query(
                f"max by (sloth_severity, sloth_window) (slo:burn_alert:active{_OF})",
                "{{sloth_severity}} {{sloth_window}}",
            ),
        ),
    ),
    (8, 8, 8),
)

BOARD: Final = Board(
    SLOS,
    "Correlator / Objectives",
    "Error budgets and burn rates of the objectives. It reads Sloth's series: those that `correlator rules build` wrote, or Sloth itself.",
    (SERVICE, SLO),
    (_FIGURES, _TABLES, _BURN, _WINDOWS, _EVENTS),
    shown="now-24h",
)
