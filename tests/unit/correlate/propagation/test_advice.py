"""Each piece of advice, from the records that say so; and none where they do not."""

import pytest

from correlator import semconv
from correlator.correlate.propagation import hops_of
from correlator.model.propagation import (
    BRIDGE_TO_QUEUE,
    N8N_TO_BRIDGE,
    QUEUE_TO_WORKER,
    WORKER_TO_CALLBACK,
)
from correlator.model.trace import JOB_KEY, PAYLOAD
from tests.unit.correlate.propagation.window import (
    REST,
    consumer,
    hop,
    join,
    node,
    producer,
    server,
    settings,
    span,
    workflow,
)

ENABLED = "N8N_OTEL_ENABLED=true"
MANUAL = "N8N_OTEL_TRACES_PRODUCTION_ONLY=false"
SAMPLE = "N8N_OTEL_TRACES_SAMPLE_RATE=1"
NODES = "N8N_OTEL_TRACES_INCLUDE_NODE_SPANS=true"
INJECT = "N8N_OTEL_TRACES_INJECT_OUTBOUND=true"


def traced(trace: int, execution: str, mode: str = "webhook") -> list:
    """An execution that n8n traced, with its call."""
    first = 100 * trace
    return [
        workflow(trace, first, execution, mode),
        node(trace, first + 1, first),
        server(trace, first + 2, first + 1, execution),
    ]


def told_by_rest(trace: int, execution: str, mode: str = "webhook") -> list:
    """An execution that only n8n's REST API told of."""
    first = 100 * trace
    return [workflow(trace, first, execution, mode, REST), node(trace, first + 1, first, REST)]


def test_no_span_of_n8ns_own_but_executions() -> None:
    """OpenTelemetry is off, or n8n is older than 2.19."""
    coverage = hop(N8N_TO_BRIDGE, [*told_by_rest(1, "17"), server(2, 200, None, "17")])
    assert settings(coverage) == [ENABLED]
    assert "1 execution of n8n and no span of its own" in coverage.advice[0].because
    assert "2.19" in coverage.advice[0].because


def test_no_span_of_n8ns_own_but_requests_that_name_executions() -> None:
    """The bridge alone can tell, without REST."""
    assert settings(hop(N8N_TO_BRIDGE, [server(2, 200, None, "17"), server(3, 300, None, "18")])) == [ENABLED]


def test_requests_come_with_traceparent_but_no_span_of_n8ns_own() -> None:
    """n8n traces, and sends its spans to somebody else."""
    coverage = hop(N8N_TO_BRIDGE, [*told_by_rest(1, "17"), server(2, 200, 199, "17")])
    assert [advice.setting.partition(",")[0] for advice in coverage.advice] == ["N8N_OTEL_EXPORTER_OTLP_ENDPOINT"]
    assert coverage.share == 1.0


def test_only_manual_runs_are_untraced() -> None:
    """That is n8n's default, whether others are traced or none ran."""
    manual = told_by_rest(1, "17", "manual")
    assert settings(hop(N8N_TO_BRIDGE, manual)) == [MANUAL]
    assert settings(hop(N8N_TO_BRIDGE, [*manual, *traced(2, "18")])) == [MANUAL]


def test_manual_runs_that_are_traced_need_no_advice() -> None:
    """REST tells of them as well."""
    assert settings(hop(N8N_TO_BRIDGE, [*told_by_rest(9, "17", "manual"), *traced(2, "17", "manual")])) == []


def test_a_share_of_executions_is_untraced() -> None:
    """n8n samples."""
    spans = [*traced(1, "17"), *traced(2, "18"), *told_by_rest(3, "19"), *told_by_rest(4, "20")]
    coverage = hop(N8N_TO_BRIDGE, spans)
    assert settings(coverage) == [SAMPLE]
    assert "2 of 4 executions" in coverage.advice[0].because


def test_one_of_very_many_executions_is_no_sampling() -> None:
    """An outage loses some."""
    spans = [each for number in range(1, 41) for each in traced(number, str(number))]
    assert settings(hop(N8N_TO_BRIDGE, [*spans, *told_by_rest(90, "90")])) == []


def test_workflow_spans_without_node_spans() -> None:
    """What a workflow called is joined to the workflow only."""
    spans = [workflow(1, 100, "17"), server(1, 102, 100, "17")]
    assert settings(hop(N8N_TO_BRIDGE, spans)) == [NODES]


def test_n8n_traces_and_its_requests_come_without_traceparent() -> None:
    """x-n8n-execution-id arrives, so headers pass: it is n8n that does not send it."""
    caller, lost = node(1, 101, 100), server(2, 200, None, "17")
    coverage = hop(N8N_TO_BRIDGE, [workflow(1, 100, "17"), caller, lost], join(caller, lost))
    assert settings(coverage) == [INJECT]
    assert "x-n8n-execution-id" in coverage.advice[0].because


def test_requests_come_with_neither_header() -> None:
    """Something between the two strips them."""
    caller, lost = node(1, 101, 100), server(2, 200)
    (advice,) = hop(N8N_TO_BRIDGE, [workflow(1, 100, "17"), caller, lost], join(caller, lost, PAYLOAD)).advice
    assert (advice.system, "proxy" in advice.setting) == ("bridge", True)


def test_requests_come_with_the_traceparent_of_another() -> None:
    """A proxy that traces by itself, and begins anew."""
    caller, lost = node(1, 101, 100), server(2, 200, 199, "17")
    (advice,) = hop(N8N_TO_BRIDGE, [workflow(1, 100, "17"), caller, lost], join(caller, lost)).advice
    assert "another trace" in advice.because


def test_n8n_called_a_bridge_that_tells_no_request() -> None:
    """Its other work is told: only the middleware is missing."""
    spans = [workflow(1, 100, "17"), node(1, 101, 100), producer(2, 200, None, "a")]
    assert settings(hop(N8N_TO_BRIDGE, spans)) == ["TraceContextMiddleware"]


def test_n8n_called_nobody_known() -> None:
    """Without any record of a bridge there is none to blame."""
    assert settings(hop(N8N_TO_BRIDGE, [workflow(1, 100, "17"), node(1, 101, 100)])) == []


def test_jobs_queued_outside_the_requests_trace() -> None:
    """By another thread of the bridge."""
    (advice,) = hop(BRIDGE_TO_QUEUE, [producer(2, 200, None, "a")]).advice
    assert "within the request" in advice.setting


def test_jobs_that_no_producer_span_tells_of() -> None:
    """The bridge hands them to the queue by itself."""
    coverage = hop(BRIDGE_TO_QUEUE, [server(1, 100), consumer(2, 200, None, "a"), consumer(3, 300, None, "a")])
    assert settings(coverage) == ["publish_job"]
    assert coverage.advice[0].because.startswith("1 job ran")


def test_jobs_without_their_producers_context() -> None:
    """Both sides tell of the job; nothing was carried between them."""
    queued, job = producer(1, 100, 99, "a"), consumer(2, 200, None, "a")
    (advice,) = hop(QUEUE_TO_WORKER, [queued, job], join(queued, job, JOB_KEY)).advice
    assert "inject_job_context" in advice.setting
    assert "bind_job_context" in advice.setting


def test_workers_that_tell_of_no_job() -> None:
    """Though they tell of other work."""
    spans = [producer(1, 100, 99, "a"), span("worker", 5, 500)]
    assert settings(hop(QUEUE_TO_WORKER, spans)) == ["bind_job_context"]
    assert settings(hop(QUEUE_TO_WORKER, spans[:1])) == []


def test_callbacks_without_traceparent() -> None:
    """What they started began a trace of its own."""
    job, called = consumer(1, 100, 99, "a"), workflow(2, 200, "18")
    coverage = hop(WORKER_TO_CALLBACK, [job, called], join(job, called, PAYLOAD))
    assert settings(coverage) == ["outgoing_headers"]


@pytest.mark.parametrize("url", ["", "http://[::1", "no url", "http://bridge:99999/"])
def test_hostile_attributes_break_nothing(url: str) -> None:
    """Urls and ports come as they like."""
    odd = server(1, 110, 101, "17", **{semconv.SERVER_ADDRESS: ["x"], semconv.SERVER_PORT: {"a": 1}})
    hops = hops_of([odd, node(1, 105, 100, **{semconv.URL_FULL: url, semconv.N8N_NODE_NAME: ["odd"]})])
    assert [(each.hop, each.advice) for each in hops if each.calls] == [(N8N_TO_BRIDGE, ())]
