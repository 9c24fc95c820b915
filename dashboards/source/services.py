"""Services: are they there, do they answer in time and without errors, what do they use, do they keep their promises."""

from typing import Final

from dashboards.source.layout import Board, Row, line
from dashboards.source.links import BRIDGE, SERVICES, SLOS, to_dashboard
from dashboards.source.panels import (
    GREEN,
    RED,
    About,
    Column,
    good_above,
    good_below,
    heatmap_of,
    stat,
    table,
    timeseries,
)
from dashboards.source.queries import Query
from dashboards.source.variables import Variable
from dashboards.source.workflow_names import with_workflow_names

SERVICE: Final = Variable(
    "service",
    "Service",
    '{__name__=~"up|target_info", job!="node"}',
    "job",
    "Services that are scraped, or that push their metrics.",
)
HOST: Final = Variable("host", "Host", "node_uname_info", "instance", "Machines with a node_exporter.")
_OF: Final = 'job=~"$service"'
_HOST: Final = 'instance=~"$host"'
_SERVER: Final = "http_server_request_duration_seconds"


def _p95(buckets: str, by: str) -> str:
    return f"histogram_quantile(0.95, sum by (le, {by}) (rate({buckets}[$__rate_interval])))"


def _of_limit(used: str, limit: str) -> str:
    return f"max by (job) ({used}{{{_OF}}} / on (job) group_left () {limit})"


_THERE: Final = Row(
    "Availability",
    5,
    (
        stat(
            About(
                "Up",
                "Of the targets of a service, the share that answers Prometheus; of one that pushes its metrics, whether any process "
                "was heard of within two minutes.",
                "percentunit",
                ((None, RED), (1, GREEN)),
            ),
            Query(f"avg by (job) (up{{{_OF}}}) or on (job) job:pushed:up{{{_OF}}}", "{{job}}"),
        ),
        stat(
            About(
                "Processes that push",
                "Instances whose metrics came within the last two minutes, by service.",
                "none",
                ((None, RED), (1, GREEN)),
            ),
            Query(
                f"count by (job) (last_over_time(target_info{{{_OF}}}[2m])) or on (job) job:pushed:up{{{_OF}}}",
                "{{job}}",
            ),
        ),
        stat(
            About(
                "Error ratio",
                "Of the calls answered in the time shown, the share with 5xx. An alert asks at 1 %.",
                "percentunit",
                good_below(0.001, 0.01),
            ),
            Query(
                f'(sum by (job) (increase({_SERVER}_count{{{_OF}, http_response_status_code=~"5.."}}[$__range])) or 0 * sum by (job) (increase({_SERVER}_count{{{_OF}}}[$__range])))'
                f" / sum by (job) (increase({_SERVER}_count{{{_OF}}}[$__range]))",
                "{{job}}",
            ),
        ),
    ),
    (8, 8, 8),
)
_CALLS: Final = line(
    "API",
    8,
    timeseries(
        About("Calls", "Calls answered a second: services, n8n, and the engine's own API.", "reqps", least=0),
        Query(f"sum by (job) (rate({_SERVER}_count{{{_OF}}}[$__rate_interval]))", "{{job}}"),
        Query(f"sum by (job) (rate(n8n_http_request_duration_seconds_count{{{_OF}}}[$__rate_interval]))", "{{job}}"),
        Query(f"sum by (job) (rate(correlator_api_requests_total{{{_OF}}}[$__rate_interval]))", "{{job}}"),
    ),
    timeseries(
        About(
            "Latency, P95",
            "All but 5 % of the calls are answered faster. Services promise 200 ms. A point opens its trace.",
            "s",
            good_below(0.2),
            (to_dashboard(SLOS, "Objectives", service="${__field.labels.job}"),),
            least=0,
        ),
        Query(_p95(f"{_SERVER}_bucket{{{_OF}}}", "job"), "{{job}}", has_exemplars=True),
        Query(_p95(f"n8n_http_request_duration_seconds_bucket{{{_OF}}}", "job"), "{{job}}"),
        Query(_p95(f"correlator_api_request_seconds_bucket{{{_OF}}}", "job"), "{{job}}", has_exemplars=True),
    ),
    timeseries(
        About(
            "Error ratio over time",
            "Of the calls answered, the share with 5xx. An alert asks at 1 %, once five have failed.",
            "percentunit",
            good_below(0.01),
            least=0,
        ),
        Query(
            f'(sum by (job) (rate({_SERVER}_count{{{_OF}, http_response_status_code=~"5.."}}[$__rate_interval]))'
            f" or 0 * sum by (job) (rate({_SERVER}_count{{{_OF}}}[$__rate_interval])))"
            f" / sum by (job) (rate({_SERVER}_count{{{_OF}}}[$__rate_interval]))",
            "{{job}}",
        ),
    ),
)
_DETAIL: Final = line(
    "",
    8,
    heatmap_of(
        About("Latency of calls", "How many calls took how long. A point opens its trace.", "s"),
        Query(f"sum by (le) (increase({_SERVER}_bucket{{{_OF}}}[$__rate_interval]))", has_exemplars=True),
    ),
    timeseries(
        About(
            "Calls by route and status",
            "Calls answered a second.",
            "reqps",
            links=(to_dashboard(BRIDGE, "Bridge", route="${__field.labels.http_route:percentencode}"),),
            least=0,
        ),
        Query(
            f"sum by (http_route, http_response_status_code) (rate({_SERVER}_count{{{_OF}}}[$__rate_interval]))",
            "{{http_route}} {{http_response_status_code}}",
        ),
    ),
)
_USED: Final = line(
    "Resources",
    8,
    timeseries(
        About(
            "Processor",
            "Cores that all processes of a service use. One line a service, whatever tells it.",
            "none",
            least=0,
        ),
        Query(f"sum by (job) (rate(process_cpu_time_seconds_total{{{_OF}}}[$__rate_interval]))", "{{job}}"),
        Query(f"sum by (job) (rate(n8n_process_cpu_seconds_total{{{_OF}}}[$__rate_interval]))", "{{job}}"),
        Query(f'sum by (job) (rate(process_cpu_seconds_total{{{_OF}, job!="node"}}[$__rate_interval]))', "{{job}}"),
    ),
    timeseries(
        About("Memory", "Resident memory of all processes of a service.", "bytes", least=0),
        Query(f"sum by (job) (process_memory_usage_bytes{{{_OF}}})", "{{job}}"),
        Query(f"sum by (job) (n8n_process_resident_memory_bytes{{{_OF}}})", "{{job}}"),
        Query(f'sum by (job) (process_resident_memory_bytes{{{_OF}, job!="node"}})', "{{job}}"),
    ),
    timeseries(
        About(
            "Processor, of the limit",
            "The process of a service that uses the most of the cores that it may. An alert asks at 80 %. Limits are in limits.rules.yaml.",
            "percentunit",
            good_below(0.8),
            least=0,
        ),
        Query(_of_limit("instance:process_cpu_cores:rate5m", "job:cpu_limit:cores"), "{{job}}"),
    ),
    timeseries(
        About(
            "Memory, of the limit",
            "The process of a service that uses the most of the memory that it may. An alert asks at 90 %.",
            "percentunit",
            good_below(0.9),
            least=0,
        ),
        Query(_of_limit("instance:process_memory:bytes", "job:memory_limit:bytes"), "{{job}}"),
    ),
)
_HOSTS: Final = line(
    "Hosts",
    7,
    timeseries(
        About(
            "Processors of a host",
            "Of a host's processors, how much is used. An alert asks at 80 %.",
            "percentunit",
            good_below(0.8),
            least=0,
            most=1,
        ),
        Query(
            f'1 - avg by (instance) (rate(node_cpu_seconds_total{{{_HOST}, mode="idle"}}[$__rate_interval]))',
            "{{instance}}",
        ),
    ),
    timeseries(
        About(
            "Memory of a host",
            "Of a host's memory, how much is used. An alert asks at 90 %.",
            "percentunit",
            good_below(0.9),
            least=0,
            most=1,
        ),
        Query(
            f"1 - max by (instance) (node_memory_MemAvailable_bytes{{{_HOST}}}) / max by (instance) (node_memory_MemTotal_bytes{{{_HOST}}})",
            "{{instance}}",
        ),
    ),
    timeseries(
        About(
            "Disks of a host",
            "Of each file system, how much is used.",
            "percentunit",
            good_below(0.8, 0.9),
            least=0,
            most=1,
        ),
        Query(
            f'1 - max by (instance, mountpoint) (node_filesystem_avail_bytes{{{_HOST}, fstype!~"tmpfs|ramfs"}})'
            f' / max by (instance, mountpoint) (node_filesystem_size_bytes{{{_HOST}, fstype!~"tmpfs|ramfs"}})',
            "{{mountpoint}}",
        ),
    ),
)
_PROMISES: Final = Row(
    "Service level indicators",
    8,
    (
        timeseries(
            About(
                "Share of bad events",
                "Of each objective's events of the last hour, the share that was bad.",
                "percentunit",
                good_below(0.001, 0.01),
                (to_dashboard(SLOS, "This objective", slo="${__field.labels.sloth_id}"),),
                least=0,
            ),
            Query(
                with_workflow_names('max by (sloth_id) (slo:sli_error:ratio_rate1h{sloth_service=~"$service|queue"})'),
                "{{sloth_id}} {{workflow_name}}",
            ),
        ),
        table(
            About(
                "Error budget left", "Of each objective's budget for its period.", "percentunit", good_above(0, 0.25)
            ),
            Query(
                with_workflow_names(
                    'max by (sloth_id, sloth_service) (slo:period_error_budget_remaining:ratio{sloth_service=~"$service|queue"})'
                )
            ),
            Column("sloth_service", "Service", width=110),
            Column(
                "sloth_id",
                "Objective",
                link=to_dashboard(SLOS, "This objective", service="$__all", slo="${__value.raw}"),
            ),
            Column("workflow_name", "Workflow", width=120),
            Column("Value", "Left", width=100),
        ),
    ),
    (14, 10),
)

BOARD: Final = Board(
    SERVICES,
    "Correlator / Services",
    "Bridge, workers, n8n and the engine: whether they are there, answer in time and without errors, and what they use.",
    (SERVICE, HOST),
    (_THERE, _CALLS, _DETAIL, _USED, _HOSTS, _PROMISES),
)
