"""What to change so that trace context arrives. One rule a function: what was seen -> the setting that mends it, or None.

n8n's settings are those of its OpenTelemetry module (n8n 2.19 and later); the others are names of correlator.telemetry.
A rule speaks only of what the records show: where two settings could be at fault, the one is named that would show so.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from correlator import semconv
from correlator.correlate.propagation.calls import Call
from correlator.correlate.propagation.seen_spans import SeenSpans, execution_of, is_own, job_of
from correlator.model.propagation import BRIDGE_TO_QUEUE, N8N_TO_BRIDGE, QUEUE_TO_WORKER, WORKER_TO_CALLBACK, Advice
from correlator.model.span import Span

MANUAL: Final = "manual"
SAMPLED_FROM: Final = 0.05
"""Untraced share of executions from which on n8n is taken to sample; fewer are those that a restart or an outage lost."""


class Sightings:
    """What the rules ask of a window: its calls that lost their context, and the executions by who told of them."""

    def __init__(self, seen: SeenSpans, calls: Sequence[Call]) -> None:
        workflows = seen.n8n_spans(semconv.N8N_WORKFLOW_SPAN)
        self.seen = seen
        self.own_workflows = [span for span in workflows if is_own(span)]
        self.own_nodes = [span for span in seen.n8n_spans(semconv.N8N_NODE_SPAN) if is_own(span)]
        traced = {execution_of(span) for span in self.own_workflows}
        told_by_rest = {execution_of(span): span for span in workflows if not is_own(span)}
        self.untraced = {key: span for key, span in told_by_rest.items() if key not in traced}
        self.executions = {*traced, *told_by_rest}
        self.arrived_at_bridge = [call.span for call in calls if call.arrived and call.hop == N8N_TO_BRIDGE]
        self._lost: dict[str, list[Call]] = {}
        for call in calls:
            if not call.arrived:
                self._lost.setdefault(call.hop, []).append(call)

    def lost(self, hop: str, *, is_answered: bool = True) -> list[Span]:
        """The callees of a hop that no context reached; with `is_answered` False the callers that no callee told of."""
        return [call.span for call in self._lost.get(hop, ()) if call.is_answered == is_answered]

    def untraced_in_mode(self, *, manual: bool) -> list[Span]:
        """Executions that only REST told of."""
        return [span for span in self.untraced.values() if (_mode(span) == MANUAL) == manual]


def otel_is_off(seen: Sightings) -> Advice | None:
    """No span of n8n's own, while REST or the bridge tells of executions that were not all manual."""
    named = {execution_of(span) for span in seen.lost(N8N_TO_BRIDGE)} - {""}
    manual = {execution_of(span) for span in seen.untraced_in_mode(manual=True)}
    executions = (seen.executions | named) - manual
    if seen.own_workflows or seen.own_nodes or seen.arrived_at_bridge or not executions:
        return None
    told = f"{_counted(executions, 'execution')} of n8n and no span of its own"
    return Advice("n8n", "N8N_OTEL_ENABLED=true", f"{told}; it needs n8n 2.19 or later")


def spans_go_elsewhere(seen: Sightings) -> Advice | None:
    """n8n sends traceparent, so it traces; none of its spans came here."""
    requests = [span for span in seen.arrived_at_bridge if execution_of(span)]
    if not requests or seen.own_workflows or seen.own_nodes:
        return None
    told = f"{_counted(requests, 'request')} of n8n came with traceparent, and no span of its own"
    remedy = "N8N_OTEL_EXPORTER_OTLP_ENDPOINT, the address of this engine as n8n reaches it"
    return Advice("n8n", remedy, f"{told}; or it samples, or this engine could not be reached then")


def manual_runs_are_untraced(seen: Sightings) -> Advice | None:
    """REST tells of manual executions, and none of them is traced, which they are not by default."""
    manual = seen.untraced_in_mode(manual=True)
    is_traced = any(_mode(span) == MANUAL for span in seen.own_workflows)
    if not manual or is_traced or (seen.untraced_in_mode(manual=False) and not seen.own_workflows):
        return None
    told = f"{_counted(manual, 'manual execution')} without a span of n8n's own"
    return Advice("n8n", "N8N_OTEL_TRACES_PRODUCTION_ONLY=false", told)


def executions_are_sampled(seen: Sightings) -> Advice | None:
    """Some executions have spans of n8n's own, and a share of the others is more than an outage loses."""
    untraced = seen.untraced_in_mode(manual=False)
    known = len(seen.executions) - len(seen.untraced_in_mode(manual=True))
    if not seen.own_workflows or len(untraced) < max(1.0, SAMPLED_FROM * known):
        return None
    told = f"{len(untraced)} of {known} executions in production have no span of n8n's own"
    return Advice("n8n", "N8N_OTEL_TRACES_SAMPLE_RATE=1", f"{told}, unless this engine could not be reached then")


def nodes_have_no_spans(seen: Sightings) -> Advice | None:
    """Workflow spans, but none of a node: what a workflow called is joined to the workflow only."""
    if not seen.own_workflows or seen.own_nodes:
        return None
    told = f"{_counted(seen.own_workflows, 'workflow span')} and no node span"
    return Advice("n8n", "N8N_OTEL_TRACES_INCLUDE_NODE_SPANS=true", told)


def outbound_is_not_injected(seen: Sightings) -> Advice | None:
    """n8n traces its nodes; requests reach the bridge with x-n8n-execution-id and without traceparent: headers do pass."""
    roots = [span for span in seen.lost(N8N_TO_BRIDGE) if execution_of(span) and span.parent_span_id is None]
    if not roots or not seen.own_workflows:
        return None
    told = f"{_counted(roots, 'request')} came with x-n8n-execution-id and without traceparent"
    return Advice("n8n", "N8N_OTEL_TRACES_INJECT_OUTBOUND=true", told)


def caller_is_overwritten(seen: Sightings) -> Advice | None:
    """Requests of n8n whose traceparent is another's: something between them starts a trace of its own."""
    spans = [span for span in seen.lost(N8N_TO_BRIDGE) if span.parent_span_id is not None]
    if not spans:
        return None
    told = f"{_counted(spans, 'request')} of n8n came with the traceparent of another trace"
    return Advice("bridge", "let the proxy before it pass traceparent as it comes", told)


def headers_are_stripped(seen: Sightings) -> Advice | None:
    """Requests of n8n, by what they carried, that came with neither traceparent nor x-n8n-execution-id."""
    spans = [span for span in seen.lost(N8N_TO_BRIDGE) if not execution_of(span) and span.parent_span_id is None]
    if not spans or not seen.own_workflows:
        return None
    told = f"{_counted(spans, 'request')} of n8n came with neither traceparent nor x-n8n-execution-id"
    remedy = "let the proxy before it pass traceparent, and have the HTTP Request node send x-n8n-execution-id"
    return Advice("bridge", remedy, told)


def bridge_tells_no_requests(seen: Sightings) -> Advice | None:
    """n8n called a bridge that tells of its other work."""
    nodes = seen.lost(N8N_TO_BRIDGE, is_answered=False)
    if not nodes:
        return None
    told = f"{_counted(nodes, 'call')} of HTTP Request nodes without a server span of the bridge"
    return Advice("bridge", "TraceContextMiddleware", told)


def jobs_are_queued_outside_requests(seen: Sightings) -> Advice | None:
    """Producer spans without a parent: another thread or process queued them than the one that served the request."""
    producers = [span for span in seen.lost(BRIDGE_TO_QUEUE) if span.kind == semconv.KIND_PRODUCER]
    if not producers:
        return None
    told = f"{_counted(producers, 'job')} queued outside any request's trace"
    return Advice("bridge", "publish_job within the request that queues the job", told)


def jobs_are_not_published(seen: Sightings) -> Advice | None:
    """Jobs that ran without a context, and that no producer span tells of."""
    consumers = [span for span in seen.lost(BRIDGE_TO_QUEUE) if span.kind == semconv.KIND_CONSUMER]
    if not consumers:
        return None
    return Advice("bridge", "publish_job", f"{_jobs(consumers)} ran that no producer span tells of")


def jobs_carry_no_context(seen: Sightings) -> Advice | None:
    """A producer and a consumer span name the same job; the consumer has neither parent nor link."""
    consumers = seen.lost(QUEUE_TO_WORKER)
    if not consumers:
        return None
    told = f"{_jobs(consumers)} with a producer span, whose consumer span has neither its parent nor a link"
    return Advice("bridge", "inject_job_context, and bind_job_context with the same metadata in the worker", told)


def jobs_are_not_bound(seen: Sightings) -> Advice | None:
    """Jobs were queued; the workers tell of other work, and of no job."""
    producers = seen.lost(QUEUE_TO_WORKER, is_answered=False)
    if not producers:
        return None
    return Advice("worker", "bind_job_context", f"{_jobs(producers)} queued, and no consumer span of any")


def callbacks_carry_no_context(seen: Sightings) -> Advice | None:
    """What a worker called back began a trace of its own."""
    callees = seen.lost(WORKER_TO_CALLBACK)
    if not callees:
        return None
    return Advice("worker", "outgoing_headers", f"{_counted(callees, 'callback')} without traceparent")


RULES: Final[Mapping[str, tuple[Callable[[Sightings], Advice | None], ...]]] = {
    N8N_TO_BRIDGE: (
        otel_is_off,
        spans_go_elsewhere,
        manual_runs_are_untraced,
        executions_are_sampled,
        nodes_have_no_spans,
        outbound_is_not_injected,
        caller_is_overwritten,
        headers_are_stripped,
        bridge_tells_no_requests,
    ),
    BRIDGE_TO_QUEUE: (jobs_are_queued_outside_requests, jobs_are_not_published),
    QUEUE_TO_WORKER: (jobs_carry_no_context, jobs_are_not_bound),
    WORKER_TO_CALLBACK: (callbacks_carry_no_context,),
}


def advice_for(hop: str, seen: Sightings) -> Iterator[Advice]:
    """What mends a hop, in the order in which to try it."""
    for rule in RULES[hop]:
        if (advice := rule(seen)) is not None:
            yield advice


def _mode(span: Span) -> str:
    return str(span.attributes.get(semconv.N8N_EXECUTION_MODE, ""))


def _jobs(spans: Sequence[Span]) -> str:
    return _counted({job_of(span) for span in spans}, "job")


def _counted(things: Sequence[object] | set[str], noun: str) -> str:
    return f"{len(things)} {noun}" if len(things) == 1 else f"{len(things)} {noun}s"
