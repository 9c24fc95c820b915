"""From n8n over the bridge and its queue to the workers and back: calls, throughput, timeouts, callbacks."""

from typing import Final

from dashboards.source.layout import Board, line
from dashboards.source.links import BRIDGE, N8N, SERVICES, SLOS, to_dashboard
from dashboards.source.panels import About, good_above, good_below, heatmap_of, stat, timeseries
from dashboards.source.queries import Query
from dashboards.source.variables import Variable

_CALLS: Final = "http_server_request_duration_seconds"
ROUTE: Final = Variable(
    "route", "Route", f'{_CALLS}_count{{job="bridge"}}', "http_route", "Routes of the bridge that were called."
)
QUEUE: Final = Variable(
    "queue",
    "Queue",
    'correlator_queue_depth{job="bridge"}',
    "messaging_destination_name",
    "Queues that the bridge puts jobs into.",
)
_ROUTE: Final = 'job="bridge", http_route=~"$route"'
_QUEUE: Final = 'messaging_destination_name=~"$queue"'

_FIGURES: Final = line(
    "Now",
    4,
    stat(
        About("Calls", "Calls a second that the bridge answered, over the time shown.", "reqps"),
        Query(f"sum(rate({_CALLS}_count{{{_ROUTE}}}[$__range]))"),
    ),
    stat(
        About(
            "Errors",
            "Of the calls, the share answered with 5xx.",
            "percentunit",
            good_below(0.001, 0.01),
            (to_dashboard(SLOS, "Objectives of the bridge", service="bridge"),),
        ),
        Query(
            f'(sum(rate({_CALLS}_count{{{_ROUTE}, http_response_status_code=~"5.."}}[$__range])) or vector(0))'
            f" / sum(rate({_CALLS}_count{{{_ROUTE}}}[$__range]))"
        ),
    ),
    stat(
        About(
            "Timeouts",
            "Calls in the time shown that were answered with 408 or 504. An alert asks at five in ten minutes.",
            "short",
            good_below(1, 5),
            decimals=0,
        ),
        Query(
            f'sum(increase({_CALLS}_count{{{_ROUTE}, http_response_status_code=~"408|504"}}[$__range])) or vector(0)'
        ),
    ),
    stat(
        About(
            "Context arrives from n8n",
            "Of n8n's calls of the last quarter of an hour, the share that came with their trace.",
            "percentunit",
            good_above(0.9, 0.99),
        ),
        Query('min(correlator_propagation_coverage_ratio{hop="n8n_to_bridge"})'),
    ),
    stat(
        About("Jobs waiting", "Jobs in these queues now.", "none", good_below(20, 100)),
        Query(f'sum(max by (messaging_destination_name) (correlator_queue_depth{{job="bridge", {_QUEUE}}}))'),
    ),
    stat(
        About(
            "Callbacks delivered",
            "Of the workers' callbacks in the time shown, the share that arrived.",
            "percentunit",
            good_above(0.95, 0.99),
        ),
        Query(
            '(sum(increase(callbacks_total{outcome="delivered"}[$__range])) or vector(0)) / sum(increase(callbacks_total[$__range]))'
        ),
    ),
)
_BETWEEN: Final = line(
    "n8n → bridge",
    8,
    timeseries(
        About(
            "Calls on both sides",
            "Calls a second: as n8n's HTTP Request nodes made them, and as the bridge answered them. A gap is calls that never arrived, "
            "or callers other than n8n.",
            "reqps",
            links=(to_dashboard(N8N, "n8n's HTTP Request nodes", node_type="base_httpRequest"),),
            least=0,
        ),
        Query(
            'sum(rate(correlator_n8n_node_seconds_count{node_type="base_httpRequest"}[$__rate_interval]))', "n8n calls"
        ),
        Query(f"sum(rate({_CALLS}_count{{{_ROUTE}}}[$__rate_interval]))", "bridge answers"),
    ),
    timeseries(
        About(
            "Latency on both sides, P95",
            "What n8n waits, and what the bridge takes. What lies between is the network, or n8n itself. A point opens its trace.",
            "s",
            good_below(0.2),
            least=0,
        ),
        Query(
            'histogram_quantile(0.95, sum by (le) (rate(correlator_n8n_node_seconds_bucket{node_type="base_httpRequest"}[$__rate_interval])))',
            "n8n waits",
            has_exemplars=True,
        ),
        Query(
            f"histogram_quantile(0.95, sum by (le) (rate({_CALLS}_bucket{{{_ROUTE}}}[$__rate_interval])))",
            "bridge takes",
            has_exemplars=True,
        ),
    ),
    timeseries(
        About(
            "Trace context by hop",
            "Of the calls of the last quarter of an hour, the share whose trace arrived at the next. Where it is low, stories are joined by "
            "weaker signs: `correlator propagation` says what to mend.",
            "percentunit",
            good_above(0.9, 0.99),
            least=0,
            most=1,
        ),
        Query("min by (hop) (correlator_propagation_coverage_ratio)", "{{hop}}"),
    ),
)
_ANSWERS: Final = line(
    "Answers of the bridge",
    8,
    heatmap_of(
        About("Latency", "How many calls took how long. A point opens its trace.", "s"),
        Query(f"sum by (le) (increase({_CALLS}_bucket{{{_ROUTE}}}[$__rate_interval]))", has_exemplars=True),
    ),
    timeseries(
        About("Answers by status", "Calls answered a second.", "reqps", least=0),
        Query(
            f"sum by (http_response_status_code) (rate({_CALLS}_count{{{_ROUTE}}}[$__rate_interval]))",
            "{{http_response_status_code}}",
        ),
        is_stacked=True,
    ),
    timeseries(
        About(
            "Timeouts by route",
            "Calls answered with 408 or 504, by route, within five minutes.",
            "short",
            good_below(5),
            least=0,
        ),
        Query(
            f'sum by (http_route) (increase({_CALLS}_count{{{_ROUTE}, http_response_status_code=~"408|504"}}[5m]))'
            f" or 0 * sum by (http_route) (increase({_CALLS}_count{{{_ROUTE}}}[5m]))",
            "{{http_route}}",
        ),
    ),
)
_JOBS: Final = line(
    "bridge → queue → worker",
    8,
    timeseries(
        About(
            "Jobs waiting by queue",
            "Jobs in each queue.",
            "none",
            good_below(100),
            least=0,
        ),
        Query(
            f'max by (messaging_destination_name) (correlator_queue_depth{{job="bridge", {_QUEUE}}})',
            "{{messaging_destination_name}}",
        ),
    ),
    timeseries(
        About(
            "Wait in the queue, P95",
            "From queued to begun; all but 5 % of the jobs wait no longer. A point opens its trace.",
            "s",
            good_below(5, 30),
            least=0,
        ),
        Query(
            f"histogram_quantile(0.95, sum by (le, messaging_destination_name) (rate(correlator_queue_delay_seconds_bucket{{{_QUEUE}}}[$__rate_interval])))",
            "{{messaging_destination_name}}",
            has_exemplars=True,
        ),
    ),
    timeseries(
        About(
            "Throughput",
            "Jobs a second that workers began.",
            "ops",
            links=(to_dashboard(SERVICES, "The workers", service="worker"),),
            least=0,
        ),
        Query(
            f"sum by (messaging_destination_name) (rate(correlator_queue_delay_seconds_count{{{_QUEUE}}}[$__rate_interval]))",
            "{{messaging_destination_name}}",
        ),
    ),
    timeseries(
        About(
            "Retries and dead letters",
            "Jobs a second that failed with another attempt to come, and for good.",
            "ops",
            good_below(0.1),
            least=0,
        ),
        Query(f"sum(rate(jobs_retries_total{{{_QUEUE}}}[$__rate_interval])) or vector(0)", "retries"),
        Query(f"sum by (reason) (rate(jobs_dead_letters_total{{{_QUEUE}}}[$__rate_interval]))", "dead: {{reason}}"),
    ),
)
_BACK: Final = line(
    "Callbacks",
    8,
    timeseries(
        About(
            "Callbacks by outcome",
            "Callbacks a second that workers sent. circuit_open: not tried, as too many failed before.",
            "ops",
            least=0,
        ),
        Query("sum by (outcome) (rate(callbacks_total[$__rate_interval]))", "{{outcome}}"),
        is_stacked=True,
    ),
    timeseries(
        About(
            "Callbacks not delivered",
            "Of the callbacks, the share that reached nobody, over ten minutes. An alert asks at 5 %.",
            "percentunit",
            good_below(0.05),
            least=0,
            most=1,
        ),
        Query(
            '(sum(increase(callbacks_total{outcome!="delivered"}[10m])) or vector(0)) / sum(increase(callbacks_total[10m]))',
            "not delivered",
        ),
    ),
    timeseries(
        About(
            "Callbacks that the engine took",
            "Callbacks a second by what they tell and how they were answered, and executions that were silent for too long.",
            "ops",
            least=0,
        ),
        Query("sum by (kind, answer) (rate(correlator_callbacks_total[$__rate_interval]))", "{{kind}} {{answer}}"),
        Query("sum(rate(correlator_execution_timeouts_total[$__rate_interval]))", "silent for too long"),
    ),
)

BOARD: Final = Board(
    BRIDGE,
    "Correlator / Bridge",
    "n8n's calls to the bridge, the jobs that it queues, the workers' throughput, and the callbacks: where work gets lost or late.",
    (ROUTE, QUEUE),
    (_FIGURES, _BETWEEN, _ANSWERS, _JOBS, _BACK),
)
