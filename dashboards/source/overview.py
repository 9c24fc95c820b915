"""Is anything wrong, and where to look: one screen."""

from typing import Final

from dashboards.source.causes import causes_table
from dashboards.source.layout import WIDTH, Board, Row, line
from dashboards.source.links import BRIDGE, INCIDENTS, N8N, OVERVIEW, SERVICES, SLOS, to_dashboard
from dashboards.source.panels import (
    About,
    Column,
    good_above,
    good_below,
    stat,
    table,
    timeseries,
)
from dashboards.source.queries import Query
from dashboards.source.workflow_names import with_workflow_names

_DOWN: Final = stat(
    About(
        "Down",
        "Targets that do not answer Prometheus, and services that push their metrics and were not heard of for two minutes.",
        "none",
        good_below(1),
        (to_dashboard(SERVICES, "Services"),),
    ),
    Query("count(up == 0 or job:pushed:up == 0) or vector(0)"),
)
_FAILED: Final = stat(
    About(
        "Failed executions",
        "Of n8n's executions that ended in the time shown, the share that failed. An alert asks at 5 %.",
        "percentunit",
        good_below(0.01, 0.05),
        (to_dashboard(N8N, "n8n workflows"),),
    ),
    Query(
        "(sum(increase(n8n_workflow_failed_total[$__range])) or vector(0))"
        " / ((sum(increase(n8n_workflow_failed_total[$__range])) or vector(0)) + sum(increase(n8n_workflow_success_total[$__range])))"
    ),
)
_BRIDGE: Final = stat(
    About(
        "Bridge errors",
        "Of the calls that the bridge answered in the time shown, the share answered with 5xx. An alert asks at 1 %.",
        "percentunit",
        good_below(0.001, 0.01),
        (to_dashboard(BRIDGE, "Bridge"),),
    ),
    Query(
        '(sum(increase(http_server_request_duration_seconds_count{job="bridge", http_response_status_code=~"5.."}[$__range])) or vector(0))'
        ' / sum(increase(http_server_request_duration_seconds_count{job="bridge"}[$__range]))'
    ),
)
_CALLBACKS: Final = stat(
    About(
        "Callbacks not delivered",
        "Of the workers' callbacks in the time shown, the share that reached nobody. An alert asks at 5 %.",
        "percentunit",
        good_below(0.01, 0.05),
        (to_dashboard(BRIDGE, "Bridge"),),
    ),
    Query(
        '(sum(increase(callbacks_total{outcome!="delivered"}[$__range])) or vector(0)) / sum(increase(callbacks_total[$__range]))'
    ),
)
_WAITING: Final = stat(
    About(
        "Jobs waiting",
        "Jobs in the bridge's queues now; they should not stay.",
        "none",
        good_below(20, 100),
        (to_dashboard(BRIDGE, "Bridge"),),
    ),
    Query('sum(max by (messaging_destination_name) (correlator_queue_depth{job="bridge"}))'),
)
_INCIDENTS: Final = stat(
    About(
        "Open incidents",
        "Causes that fail stories now, each counted once.",
        "none",
        good_below(1, 3),
        (to_dashboard(INCIDENTS, "Incidents"),),
    ),
    Query("sum(correlator_incidents) or vector(0)"),
)
_BUDGET: Final = stat(
    About(
        "Least error budget left",
        "Of all objectives, the one whose budget is most used up. Below zero the promise of the period is broken.",
        "percentunit",
        good_above(0, 0.25),
        (to_dashboard(SLOS, "Objectives"),),
    ),
    Query("min(slo:period_error_budget_remaining:ratio)"),
)
_FIRING: Final = stat(
    About(
        "Alerts firing",
        "Alerts that somebody is told of now, page and ticket alike.",
        "none",
        good_below(1, 5),
        (to_dashboard(INCIDENTS, "Incidents"),),
    ),
    Query('count(ALERTS{alertstate="firing"}) or vector(0)'),
)
_EXECUTIONS: Final = timeseries(
    About(
        "n8n executions",
        "Executions that ended a second, by outcome.",
        "ops",
        links=(to_dashboard(N8N, "n8n workflows"),),
        least=0,
    ),
    Query("sum(rate(n8n_workflow_success_total[$__rate_interval]))", "success"),
    Query("sum(rate(n8n_workflow_failed_total[$__rate_interval]))", "failed"),
    is_stacked=True,
)
_LATENCY: Final = timeseries(
    About(
        "Bridge latency",
        "How long the bridge takes to answer: half of all calls, and all but 5 %. 200 ms is what it promises. A point opens its trace.",
        "s",
        good_below(0.2),
        (to_dashboard(BRIDGE, "Bridge"),),
        least=0,
    ),
    *(
        Query(
            f'histogram_quantile({quantile}, sum by (le) (rate(http_server_request_duration_seconds_bucket{{job="bridge"}}[$__rate_interval])))',
            legend,
            has_exemplars=quantile == 0.95,
        )
        for quantile, legend in ((0.5, "median"), (0.95, "P95"))
    ),
)
_BURN: Final = timeseries(
    About(
        "Fastest burn rates",
        "The five objectives that burn fastest, over five minutes. At 1 a budget lasts its period exactly; at 14.4 somebody is paged.",
        "none",
        good_below(1, 14.4),
        (to_dashboard(SLOS, "This objective", slo="${__field.labels.sloth_id}"),),
        least=0,
    ),
    Query(
        with_workflow_names("topk(5, max by (sloth_id) (slo:current_burn_rate:ratio))"),
        "{{sloth_id}} {{workflow_name}}",
    ),
)
_OBJECTIVES: Final = table(
    About(
        "Objectives by budget left",
        "The ten with the least error budget left in their period.",
        "percentunit",
        good_above(0, 0.25),
    ),
    Query(
        with_workflow_names("bottomk(10, max by (sloth_id, sloth_service) (slo:period_error_budget_remaining:ratio))")
    ),
    Column(
        "sloth_id",
        "Objective",
        link=to_dashboard(SLOS, "This objective", service="$__all", slo="${__value.raw}"),
    ),
    Column("workflow_name", "Workflow", width=130),
    Column("Value", "Left", width=90),
)

BOARD: Final = Board(
    OVERVIEW,
    "Correlator / Overview",
    "Is anything wrong with n8n, bridge and workers, and where to look. Each figure leads to its dashboard.",
    (),
    (
        line("", 4, _DOWN, _FAILED, _BRIDGE, _CALLBACKS, _WAITING, _INCIDENTS, _BUDGET, _FIRING),
        line("", 8, _EXECUTIONS, _LATENCY, _BURN),
        Row("", 9, (causes_table(), _OBJECTIVES), (15, WIDTH - 15)),
    ),
)
