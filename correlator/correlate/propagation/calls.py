"""The calls between systems that the spans of a window show, and whether the caller's trace context came with each.

A call is told by its callee, since that is where a context arrives or does not: a bridge's server span that n8n caused, a
producer span, a consumer span (each attempt of a job), a workflow or server span that a worker's callback caused. The context
arrived where the callee has a parent, though that may not be here (n8n sends a workflow's spans when it ends, and a window has
an edge), or where a job has links, as retries and late jobs have. A join from the caller by anything else says that it did not.

A call is told by its caller alone only where its callee's system tells of itself, but never of such calls at all.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from correlator import semconv
from correlator.correlate.propagation.seen_spans import (
    BRIDGE,
    N8N,
    WORKER,
    SeenSpans,
    calls_over_http,
    execution_of,
    is_own,
    job_of,
)
from correlator.model.propagation import BRIDGE_TO_QUEUE, N8N_TO_BRIDGE, QUEUE_TO_WORKER, WORKER_TO_CALLBACK
from correlator.model.span import Span


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `method` is how it was joined to its caller where its context did not arrive; empty where it was not.

    `span` is the callee's; the caller's where `is_answered` is False, since no callee told of it.
    """

    hop: str
    span: Span
    arrived: bool
    method: str = ""
    is_answered: bool = True


def calls_of(seen: SeenSpans) -> tuple[Call, ...]:
    """Every call between systems, hop by hop."""
    return (*_to_bridge(seen), *_to_queue(seen), *_to_worker(seen), *_to_callback(seen))


def _to_bridge(seen: SeenSpans) -> Iterator[Call]:
    """Server spans that n8n caused: by their parent, by a join, or by the execution that they name."""
    servers = seen.of(BRIDGE, semconv.KIND_SERVER)
    for server in servers:
        parent, join = seen.parent_of(server), seen.join_into(server, N8N)
        if join is not None:
            yield Call(N8N_TO_BRIDGE, server, False, join.method)
        elif parent is not None and parent.system == N8N:
            yield Call(N8N_TO_BRIDGE, server, True)
        elif parent is None and execution_of(server):
            yield Call(N8N_TO_BRIDGE, server, server.parent_span_id is not None)
    for node in _unanswered_nodes(seen, servers):
        yield Call(N8N_TO_BRIDGE, node, False, is_answered=False)


def _unanswered_nodes(seen: SeenSpans, servers: list[Span]) -> Iterator[Span]:
    """HTTP Request nodes, each once though REST tells of it too, that called a bridge which told nothing of it.

    By their URL, where bridges name that address; all of them where bridges tell of other work and never of a request.
    """
    addresses = {address for server in servers if (address := _address(server))}
    bridge_is_silent = not servers and any(span.system == BRIDGE for span in seen.spans)
    nodes: dict[tuple[str, str | None, str], list[Span]] = {}
    for node in seen.n8n_spans(semconv.N8N_NODE_SPAN):
        if calls_over_http(node):
            name = str(node.attributes.get(semconv.N8N_NODE_NAME, node.span_id))
            nodes.setdefault((node.trace_id, node.parent_span_id, name), []).append(node)
    for told in nodes.values():
        is_to_bridge = bridge_is_silent or any(_target(node) in addresses for node in told)
        if is_to_bridge and not any(seen.has_callee(node) for node in told):
            yield min(told, key=lambda node: (not is_own(node), node.span_id))


def _to_queue(seen: SeenSpans) -> Iterator[Call]:
    """Producer spans, which belong below the request that queued the job; and jobs that no producer span tells of."""
    producers = seen.of(BRIDGE, semconv.KIND_PRODUCER)
    for producer in producers:
        join = seen.join_into(producer, BRIDGE)
        yield Call(BRIDGE_TO_QUEUE, producer, producer.parent_span_id is not None, join.method if join else "")
    queued = {job_of(producer) for producer in producers}
    for consumer in _consumers(seen):
        if not _has_context(consumer) and job_of(consumer) not in queued:
            join = seen.join_into(consumer, BRIDGE)
            yield Call(BRIDGE_TO_QUEUE, consumer, False, join.method if join else "")


def _to_worker(seen: SeenSpans) -> Iterator[Call]:
    """Consumer spans of jobs; jobs that were queued, where no worker tells of any job."""
    producers = seen.of(BRIDGE, semconv.KIND_PRODUCER)
    queued = {job_of(producer) for producer in producers}
    consumers = list(_consumers(seen))
    for consumer in consumers:
        if _has_context(consumer):
            yield Call(QUEUE_TO_WORKER, consumer, True)
        elif job_of(consumer) in queued:
            join = seen.join_into(consumer, BRIDGE)
            yield Call(QUEUE_TO_WORKER, consumer, False, join.method if join else "")
    if not consumers and any(span.system == WORKER for span in seen.spans):
        for producer in producers:
            yield Call(QUEUE_TO_WORKER, producer, False, is_answered=False)


def _to_callback(seen: SeenSpans) -> Iterator[Call]:
    """Workflows and requests that a worker's call started. One that nothing joins to a worker is not known to be its call."""
    workflows = seen.n8n_spans(semconv.N8N_WORKFLOW_SPAN)
    for callee in (*workflows, *seen.of(BRIDGE, semconv.KIND_SERVER)):
        parent, join = seen.parent_of(callee), seen.join_into(callee, WORKER)
        if join is not None:
            yield Call(WORKER_TO_CALLBACK, callee, False, join.method)
        elif parent is not None and parent.system == WORKER:
            yield Call(WORKER_TO_CALLBACK, callee, True)


def _consumers(seen: SeenSpans) -> Iterable[Span]:
    return (span for span in seen.spans if span.kind == semconv.KIND_CONSUMER and job_of(span))


def _has_context(consumer: Span) -> bool:
    return consumer.parent_span_id is not None or bool(consumer.links)


def _address(server: Span) -> tuple[str, int] | None:
    host, port = server.attributes.get(semconv.SERVER_ADDRESS), server.attributes.get(semconv.SERVER_PORT)
    return (str(host), int(port)) if host and isinstance(port, int | str) and str(port).isdecimal() else None


def _target(node: Span) -> tuple[str, int] | None:
    """Host and port of the URL that a node called; None where it is not told."""
    try:
        parts = urlsplit(str(node.attributes.get(semconv.URL_FULL, "")))
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname else None
