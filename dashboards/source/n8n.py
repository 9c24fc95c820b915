"""n8n's workflows: how many run, how long they take, what fails, what waits."""

from typing import Final

from dashboards.source.layout import Board, Row, line
from dashboards.source.links import N8N, SLOS, to_dashboard
from dashboards.source.panels import About, good_above, good_below, heatmap_of, stat, timeseries
from dashboards.source.queries import Query
from dashboards.source.variables import Variable

WORKFLOW: Final = Variable(
    "workflow", "Workflow", "n8n_workflow_started_total", "workflow_name", "Workflows that ran since n8n's start."
)
NODE_TYPE: Final = Variable(
    "node_type",
    "Node type",
    'n8n_node_started_total{workflow_name=~"$workflow"}',
    "node_type",
    "Types of nodes that ran in these workflows.",
)
_OF: Final = '{workflow_name=~"$workflow"}'
_NODES: Final = '{workflow_name=~"$workflow", node_type=~"$node_type"}'
_ENDED: Final = f"((sum(increase(n8n_workflow_failed_total{_OF}[$__range])) or vector(0)) + sum(increase(n8n_workflow_success_total{_OF}[$__range])))"


def _quantile(series: str, by: str, interval: str, quantile: float = 0.95) -> str:
    return f"histogram_quantile({quantile}, sum by (le{by}) (rate({series}[{interval}])))"


_RUNS: Final = line(
    "Executions",
    4,
    stat(About("Ended", "Executions that ended in the time shown.", "short", decimals=0), Query(_ENDED)),
    stat(
        About(
            "Success",
            "Of the executions that ended in the time shown, the share that n8n calls a success.",
            "percentunit",
            good_above(0.95, 0.99),
            (to_dashboard(SLOS, "Objectives of n8n", service="n8n"),),
        ),
        Query(f"sum(increase(n8n_workflow_success_total{_OF}[$__range])) / {_ENDED}"),
    ),
    stat(
        About(
            "Duration, P95",
            "All but 5 % of the executions in the time shown took no longer.",
            "s",
            good_below(60, 600),
        ),
        Query(_quantile(f"correlator_n8n_execution_seconds_bucket{_OF}", "", "$__range")),
    ),
    stat(
        About(
            "Not accounted for",
            "Executions that n8n's API lists and that run, wait, or are not dealt with by the engine yet.",
            "none",
            good_below(50, 500),
        ),
        Query("sum(correlator_n8n_open_executions)"),
    ),
    stat(About("Active workflows", "Workflows that are switched on.", "none"), Query("max(n8n_active_workflow_count)")),
    stat(
        About(
            "n8n's API answered",
            "How long ago n8n's REST API last answered all that the engine asked. Without it, outcomes come from spans alone.",
            "s",
            good_below(120, 600),
        ),
        Query("time() - max(correlator_n8n_last_success_timestamp_seconds)"),
    ),
)
_DURATIONS: Final = Row(
    "",
    9,
    (
        heatmap_of(
            About(
                "Execution duration",
                "How many executions took how long. A point opens the trace of one.",
                "s",
                links=(),
            ),
            Query(
                f"sum by (le) (increase(correlator_n8n_execution_seconds_bucket{_OF}[$__rate_interval]))",
                has_exemplars=True,
            ),
        ),
        timeseries(
            About(
                "Duration by workflow, P95",
                "All but 5 % of a workflow's executions take no longer. Lines begin at 10 minutes to be too long.",
                "s",
                good_below(600),
                least=0,
            ),
            Query(
                _quantile(f"correlator_n8n_execution_seconds_bucket{_OF}", ", workflow_name", "$__rate_interval"),
                "{{workflow_name}}",
                has_exemplars=True,
            ),
        ),
    ),
    (12, 12),
)
_OUTCOMES: Final = line(
    "",
    8,
    timeseries(
        About("Executions by outcome", "Executions that ended a second, as n8n counts them.", "ops", least=0),
        Query(f"sum(rate(n8n_workflow_success_total{_OF}[$__rate_interval]))", "success"),
        Query(f"sum(rate(n8n_workflow_failed_total{_OF}[$__rate_interval]))", "failed"),
        is_stacked=True,
    ),
    timeseries(
        About(
            "Failures by workflow",
            "Of a workflow's executions, the share that failed. Above 5 % an alert asks, once three have failed.",
            "percentunit",
            good_below(0.05),
            least=0,
            most=1,
        ),
        Query(
            f"(sum by (workflow_name) (rate(n8n_workflow_failed_total{_OF}[$__rate_interval]))"
            f" or 0 * sum by (workflow_name) (rate(n8n_workflow_started_total{_OF}[$__rate_interval])))"
            f" / sum by (workflow_name) (rate(n8n_workflow_started_total{_OF}[$__rate_interval]) > 0)",
            "{{workflow_name}}",
        ),
    ),
    timeseries(
        About(
            "Statuses that the engine heard of",
            "Executions a second by the status in their spans: it tells canceled and crashed ones too.",
            "ops",
            least=0,
        ),
        Query(f"sum by (status) (rate(correlator_n8n_execution_seconds_count{_OF}[$__rate_interval]))", "{{status}}"),
        is_stacked=True,
    ),
)
_BY_NODE: Final = line(
    "Nodes",
    8,
    timeseries(
        About("Runs by node type", "Runs of nodes that ended a second, as n8n counts them.", "ops", least=0),
        Query(f"sum by (node_type) (rate(n8n_node_finished_total{_NODES}[$__rate_interval]))", "{{node_type}}"),
    ),
    timeseries(
        About(
            "Duration by node type, P95",
            "All but 5 % of the runs take no longer. A point opens the trace of one.",
            "s",
            good_below(60),
            least=0,
        ),
        Query(
            _quantile(f"correlator_n8n_node_seconds_bucket{_NODES}", ", node_type", "$__rate_interval"),
            "{{node_type}}",
            has_exemplars=True,
        ),
    ),
    timeseries(
        About(
            "Failed runs by node type",
            "Runs a second whose span says error. A node that is set to continue after an error says success.",
            "ops",
            good_below(0.05),
            least=0,
        ),
        Query(
            'sum by (node_type) (rate(correlator_n8n_node_seconds_count{workflow_name=~"$workflow", node_type=~"$node_type",'
            ' status="error"}[$__rate_interval]))',
            "{{node_type}}",
        ),
    ),
)
_QUEUE: Final = line(
    "Queue of n8n (queue mode)",
    8,
    timeseries(
        About(
            "Executions waiting and running",
            "In queue mode, executions that wait for a worker of n8n, and that run. Above 100 waiting an alert asks.",
            "none",
            good_below(100),
            least=0,
        ),
        Query("max by (job) (n8n_scaling_mode_queue_jobs_waiting)", "waiting"),
        Query("max by (job) (n8n_scaling_mode_queue_jobs_active)", "running"),
    ),
    timeseries(
        About("Executions taken from the queue", "Executions a second that workers of n8n ended.", "ops", least=0),
        Query("sum(rate(n8n_scaling_mode_queue_jobs_completed[$__rate_interval]))", "completed"),
        Query("sum(rate(n8n_scaling_mode_queue_jobs_failed[$__rate_interval]))", "failed"),
        is_stacked=True,
    ),
)
_PROCESS: Final = line(
    "n8n itself",
    8,
    timeseries(
        About(
            "Answers of n8n, P95",
            "How long n8n's webhooks and API take to answer, by status.",
            "s",
            good_below(1, 10),
            least=0,
        ),
        Query(
            _quantile("n8n_http_request_duration_seconds_bucket", ", status_code", "$__rate_interval"),
            "{{status_code}}",
        ),
    ),
    timeseries(
        About(
            "Event loop delay, P99",
            "How late n8n's process gets to its work; above 100 ms every workflow waits.",
            "s",
            good_below(0.1, 1),
            least=0,
        ),
        Query("max by (instance) (n8n_nodejs_eventloop_lag_p99_seconds)", "{{instance}}"),
    ),
    timeseries(
        About(
            "Executions read from n8n's API",
            "Executions a second that the engine dealt with through n8n's REST API, by what became of them.",
            "ops",
            least=0,
        ),
        Query("sum by (outcome) (rate(correlator_n8n_executions_total[$__rate_interval]))", "{{outcome}}"),
    ),
)

BOARD: Final = Board(
    N8N,
    "Correlator / n8n workflows",
    "What n8n's workflows and their nodes do: durations, outcomes, queue. n8n's own metrics beside what the engine sees in its spans.",
    (WORKFLOW, NODE_TYPE),
    (_RUNS, _DURATIONS, _OUTCOMES, _BY_NODE, _QUEUE, _PROCESS),
)
