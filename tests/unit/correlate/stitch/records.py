"""Rows of n8n, bridge and worker whose traces broke, told in few words; times in milliseconds into the story."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from correlator import semconv
from correlator.correlate.stitch import UNMEASURED, stitch
from correlator.model.story import Story
from correlator.model.tables import LOGS, SPANS, Tables

START = 1_795_234_167_000_000_000
MILLISECOND = 1_000_000
HOUR = 3_600_000
Row = dict[str, Any]
HTTP_REQUEST = "n8n-nodes-base.httpRequest"
WEBHOOK = "n8n-nodes-base.webhook"


def trace_id(label: str) -> str:
    """A trace id for a label, the same each time."""
    return hashlib.sha256(f"trace {label}".encode()).hexdigest()[:32]


def span_id(label: str) -> str:
    return hashlib.sha256(f"span {label}".encode()).hexdigest()[:16]


def span(
    trace: str,
    label: str,
    service_name: str,
    *,
    parent: str | None = None,
    name: str | None = None,
    kind: int = semconv.KIND_INTERNAL,
    at: tuple[float, float] = (0, 100),
    links: Sequence[tuple[str, str]] = (),
    instance: str = "",
    marks: int = 0,
    is_error: bool = False,
    attributes: Mapping[str, Any] | None = None,
) -> Row:
    """A row of SPANS; `links` are (trace, label)."""
    told = [{"trace_id": trace_id(of), "span_id": span_id(linked), "attributes": {}} for of, linked in links]
    return {
        **_sender(service_name, instance),
        "position": 0,
        "row": 0,
        "arrival_unix_nano": START,
        "marks": marks,
        "trace_id": bytes.fromhex(trace_id(trace)),
        "span_id": bytes.fromhex(span_id(label)),
        "parent_span_id": None if parent is None else bytes.fromhex(span_id(parent)),
        "name": name or label,
        "kind": kind,
        "start_time_unix_nano": at_ms(at[0]),
        "end_time_unix_nano": at_ms(at[1]),
        "status_code": semconv.STATUS_ERROR if is_error else semconv.STATUS_UNSET,
        "is_error": is_error,
        "attributes": json.dumps(attributes or {}, separators=(",", ":")),
        "links": json.dumps(told, separators=(",", ":")) if told else None,
        "flags": 0,
    }


def log(
    number: int,
    service_name: str,
    *,
    trace: str | None = None,
    on: str | None = None,
    at: float = 50,
    instance: str = "",
    attributes: Mapping[str, Any] | None = None,
) -> Row:
    """A row of LOGS, the `number`th that came in."""
    return {
        **_sender(service_name, instance),
        "position": number,
        "row": 0,
        "arrival_unix_nano": START,
        "marks": 0,
        "trace_id": None if trace is None else bytes.fromhex(trace_id(trace)),
        "span_id": None if on is None else bytes.fromhex(span_id(on)),
        "time_unix_nano": at_ms(at),
        "observed_time_unix_nano": at_ms(at),
        "severity_number": 9,
        "body": f"message {number}",
        "is_error": False,
        "attributes": json.dumps(attributes or {}, separators=(",", ":")),
        "flags": 0,
    }


def workflow(trace: str, label: str, execution: str, *, workflow_id: str = "w1", **given: Any) -> Row:
    """n8n's span of an execution."""
    own = {semconv.N8N_EXECUTION_ID: execution, semconv.N8N_WORKFLOW_ID: workflow_id} | given.pop("attributes", {})
    return span(trace, label, "n8n", name=semconv.N8N_WORKFLOW_SPAN, attributes=own, **given)


def node(trace: str, label: str, parent: str, *, node_type: str = HTTP_REQUEST, **given: Any) -> Row:
    """n8n's span of a node, an HTTP Request unless told otherwise."""
    own = {semconv.N8N_NODE_NAME: label, semconv.N8N_NODE_TYPE: node_type} | given.pop("attributes", {})
    return span(trace, label, "n8n", name=semconv.N8N_NODE_SPAN, parent=parent, attributes=own, **given)


def server(trace: str, label: str, **given: Any) -> Row:
    """The bridge's span of a request."""
    return span(trace, label, given.pop("service_name", "bridge"), kind=semconv.KIND_SERVER, **given)


def producer(trace: str, label: str, job: str, **given: Any) -> Row:
    """The bridge's span of queueing a job."""
    own = {semconv.JOB_ID: job} | given.pop("attributes", {})
    return span(trace, label, "bridge", kind=semconv.KIND_PRODUCER, attributes=own, **given)


def consumer(trace: str, label: str, job: str, **given: Any) -> Row:
    """The worker's span of running a job."""
    own = {semconv.JOB_ID: job} | given.pop("attributes", {})
    return span(trace, label, "worker", kind=semconv.KIND_CONSUMER, attributes=own, **given)


def execution(number: str, workflow_id: str | None = None) -> dict[str, str]:
    """What another system's record says of the execution that it works for."""
    named = {semconv.N8N_EXECUTION_ID: number}
    return named | ({semconv.N8N_WORKFLOW_ID: workflow_id} if workflow_id else {})


def tables(rows: Iterable[Row]) -> Tables:
    """The rows as tables, in their order."""
    rows = list(rows)
    spans = [row for row in rows if "start_time_unix_nano" in row]
    logs = [row for row in rows if "time_unix_nano" in row]
    return Tables(pa.Table.from_pylist(spans, schema=SPANS), pa.Table.from_pylist(logs, schema=LOGS))


def stories(*rows: Row) -> tuple[Story, ...]:
    return stitch(tables(rows), UNMEASURED)


def traces_together(*rows: Row) -> set[frozenset[str]]:
    """The stories, each as the labels of its traces; a trace's label is that of its rows' traces."""
    return {frozenset(story.trace_ids) for story in stories(*rows)}


def together(*labels: str) -> frozenset[str]:
    """A story of these traces."""
    return frozenset(trace_id(label) for label in labels)


def calls(*rows: Row) -> set[tuple[str, str, str]]:
    """The edges of all stories: (method, calling span id, called span id)."""
    return {(edge.method, edge.from_span_id, edge.to_span_id) for story in stories(*rows) for edge in story.edges}


def call(method: str, caller: str, callee: str) -> tuple[str, str, str]:
    return method, span_id(caller), span_id(callee)


def at_ms(millisecond: float) -> int:
    return START + round(millisecond * MILLISECOND)


def _sender(service_name: str, instance: str) -> Row:
    resource = {semconv.SERVICE_NAME: service_name} | ({semconv.N8N_INSTANCE_ID: instance} if instance else {})
    return {
        "service_name": service_name,
        "system": service_name,
        "scope_name": "",
        "resource_attributes": json.dumps(resource, separators=(",", ":")),
    }
