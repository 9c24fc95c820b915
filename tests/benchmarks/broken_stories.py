"""Tables of many stories of n8n, bridge and worker, of which some lost their trace context: the same seed, the same rows.

A story has 16 records: n8n's workflow span and four nodes, three spans and two logs of the bridge, three spans and three
logs of the worker. It lasts half a second, and they begin 2 ms apart, so that records of 250 stories are mixed. Attributes
are those that the senders write, 120 to 330 bytes a record; one record in three carries a join key.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa

from correlator import semconv
from correlator.model.tables import LOGS, SPANS, Tables

START: Final = 1_795_234_167_000_000_000
MS: Final = 1_000_000
BETWEEN_STORIES_NANO: Final = 2 * MS
RECORDS_PER_STORY: Final = 16
WORKFLOWS: Final = 40
KINDS_OF_LOSS: Final = ("execution_id", "job_key", "payload")
"""What is left to join by, where the context was lost: in turn, with one loose log record for each."""
LOST_RECORDS: Final = (11, 6, 11)
"""Of a story that was broken so: bridge and worker lost the context, or only the worker."""


@dataclass(frozen=True, slots=True)
class Record:
    """What differs from record to record; the rest is the same for all of a sender."""

    trace_id: bytes | None
    span_id: bytes | None
    parent_span_id: bytes | None
    service_name: str
    name: str
    kind: int
    start: int
    end: int
    attributes: str
    is_span: bool = True


def broken_stories(records: int, lost_share: float, seed: int = 1) -> Tables:
    """About `records` spans and logs in the order of their times; `lost_share` of them are in traces that lost the context."""
    random = Random(seed)
    stories = records // RECORDS_PER_STORY
    every = max(1, round(sum(LOST_RECORDS) / 3 / RECORDS_PER_STORY / lost_share))
    told: list[Record] = []
    for number in range(stories):
        loss = KINDS_OF_LOSS[number // every % 3] if number % every == 0 else ""
        told += _story(random, number, loss)
    told.sort(key=lambda it: it.start)
    spans, logs = ([it for it in told if it.is_span is wanted] for wanted in (True, False))
    return Tables(_spans(spans), _logs(logs))


def _story(random: Random, number: int, loss: str) -> Iterator[Record]:
    start, execution, workflow = START + number * BETWEEN_STORIES_NANO, str(number), f"workflow{number % WORKFLOWS:08d}"
    n8n = random.randbytes(16)
    bridge = n8n if loss in ("", "job_key") else random.randbytes(16)
    worker = bridge if loss != "job_key" else random.randbytes(16)
    named = {semconv.N8N_EXECUTION_ID: execution, semconv.N8N_WORKFLOW_ID: workflow}
    payload = {semconv.PAYLOAD_HASH: f"{random.getrandbits(64):016x}"}
    run, call = random.randbytes(8), random.randbytes(8)
    yield _n8n_workflow(n8n, run, start, named)
    yield from _n8n_nodes(random, n8n, run, call, start, payload if loss == "payload" else {})
    ids = {} if loss == "payload" else named
    job = {semconv.JOB_ID: f"{random.getrandbits(128):032x}"}
    request, send = random.randbytes(8), random.randbytes(8)
    told = ids | (payload if loss == "payload" else {})
    yield _http(bridge, request, call if bridge == n8n else None, start + 120 * MS, start + 450 * MS, told)
    yield _span(
        bridge, send, request, "bridge", "send jobs", semconv.KIND_PRODUCER, start + 130 * MS, start + 132 * MS, job
    )
    yield _inner(random, bridge, request, "bridge", start + 125 * MS)
    process = random.randbytes(8)
    its_ids = {} if loss == "job_key" else ids
    yield _span(
        worker, process, send if worker == bridge else None, "worker", "process jobs", semconv.KIND_CONSUMER,
        start + 140 * MS, start + 420 * MS, job | its_ids,
    )  # fmt: skip
    yield _inner(random, worker, process, "worker", start + 200 * MS)
    yield _inner(random, worker, process, "worker", start + 300 * MS)
    for at, trace, on, service in (
        (122, bridge, request, "bridge"), (440, bridge, request, "bridge"),
        (150, worker, process, "worker"), (250, worker, process, "worker"),
    ):  # fmt: skip
        yield _log(
            trace, on, service, start + at * MS, {"event": "step done", "customer_id": f"customer-{number % 997}"}
        )
    loose = bool(loss)
    yield _log(None if loose else worker, None if loose else process, "worker", start + 410 * MS, job if loose else {})


def _n8n_workflow(trace: bytes, span: bytes, start: int, named: dict[str, Any]) -> Record:
    more = {
        "n8n.workflow.name": "Invoice intake",
        "n8n.workflow.version_id": "49895449-3bc4-4a4b-b2ad-5157127fe6db",
        "n8n.workflow.node_count": 5,
        "n8n.execution.mode": "webhook",
        "n8n.execution.status": "success",
        "n8n.execution.is_retry": False,
        "n8n.project.id": "p8mFQnO2aWqJ9dXe",
    }
    return _span(trace, span, None, "n8n", semconv.N8N_WORKFLOW_SPAN, 1, start, start + 500 * MS, named | more)


def _n8n_nodes(
    random: Random, trace: bytes, run: bytes, call: bytes, start: int, payload: dict[str, Any]
) -> Iterator[Record]:
    nodes = (("Webhook", "webhook", 0, 1), ("Set", "set", 1, 3), ("Call Bridge", "httpRequest", 100, 460), ("Respond", "respondToWebhook", 461, 470))  # fmt: skip
    for name, kind, begin, end in nodes:
        attributes = {
            "n8n.node.id": f"ccad370d-fcc4-45b9-8590-3467{random.getrandbits(32):08x}",
            "n8n.node.name": name,
            "n8n.node.type": f"n8n-nodes-base.{kind}",
            "n8n.node.type_version": 4.2,
            "n8n.node.items.input": 1,
            "n8n.node.items.output": 1,
        } | (payload if kind == "webhook" else {})
        span = call if kind == "httpRequest" else random.randbytes(8)
        yield _span(trace, span, run, "n8n", semconv.N8N_NODE_SPAN, 1, start + begin * MS, start + end * MS, attributes)


def _http(trace: bytes, span: bytes, parent: bytes | None, start: int, end: int, told: dict[str, Any]) -> Record:
    attributes = {
        "url.path": "/api/v1/hybrid-processing",
        "url.scheme": "http",
        "http.request.method": "POST",
        "server.address": "127.0.0.1",
        "server.port": 8000,
        "http.route": "/api/v1/hybrid-processing",
        "http.response.status_code": 200,
    }
    name = "POST /api/v1/hybrid-processing"
    return _span(trace, span, parent, "bridge", name, semconv.KIND_SERVER, start, end, attributes | told)


def _inner(random: Random, trace: bytes, parent: bytes, service: str, start: int) -> Record:
    attributes = {
        "correlator.action": "render_invoice",
        "code.function.name": "correlator.demo.worker.render_invoice",
        "customer.id": f"customer-{random.randrange(10**6):06d}",
        "db.system.name": "postgresql",
        "db.query.summary": "SELECT customers",
    }
    return _span(trace, random.randbytes(8), parent, service, "render_invoice", 1, start, start + 20 * MS, attributes)


def _span(
    trace: bytes, span: bytes, parent: bytes | None, service: str, name: str, kind: int, start: int, end: int,
    attributes: dict[str, Any],
) -> Record:  # fmt: skip
    return Record(trace, span, parent, service, name, kind, start, end, _json(attributes))


def _log(trace: bytes | None, span: bytes | None, service: str, at: int, told: dict[str, Any]) -> Record:
    attributes = {"code.file.path": "/srv/app/steps.py", "code.line.number": 42, "thread.name": "MainThread"} | told
    return Record(trace, span, None, service, "", 0, at, at, _json(attributes), is_span=False)


def _json(attributes: dict[str, Any]) -> str:
    return msgspec.json.encode(attributes).decode()


def _spans(spans: Sequence[Record]) -> pa.Table:
    count = len(spans)
    own = {
        "span_id": pa.array([it.span_id for it in spans], pa.binary(8)),
        "parent_span_id": pa.array([it.parent_span_id for it in spans], pa.binary(8)),
        "name": pa.array([it.name for it in spans], pa.string()),
        "kind": pa.array([it.kind for it in spans], pa.int8()),
        "start_time_unix_nano": pa.array([it.start for it in spans], pa.int64()),
        "end_time_unix_nano": pa.array([it.end for it in spans], pa.int64()),
        "status_code": pa.repeat(pa.scalar(0, pa.int8()), count),
    }
    return _table(spans, own, SPANS)


def _logs(logs: Sequence[Record]) -> pa.Table:
    times = pa.array([it.start for it in logs], pa.int64())
    own = {
        "span_id": pa.array([it.span_id for it in logs], pa.binary(8)),
        "time_unix_nano": times,
        "observed_time_unix_nano": times,
        "severity_number": pa.repeat(pa.scalar(9, pa.int32()), len(logs)),
        "body": pa.repeat(pa.scalar("step done", pa.string()), len(logs)),
    }
    return _table(logs, own, LOGS)


def _table(records: Sequence[Record], own: dict[str, pa.Array], schema: pa.Schema) -> pa.Table:
    count = len(records)
    services = pa.array([it.service_name for it in records], pa.string()).dictionary_encode()
    resources = pa.DictionaryArray.from_arrays(
        services.indices, pa.array([f'{{"service.name":"{name}"}}' for name in services.dictionary.to_pylist()])
    )
    columns = own | {
        "position": pa.array(np.arange(count) // 512 * 200_000),
        "row": pa.array((np.arange(count) % 512).astype(np.int32)),
        "marks": pa.repeat(pa.scalar(0, pa.int32()), count),
        "trace_id": pa.array([it.trace_id for it in records], pa.binary(16)),
        "is_error": pa.repeat(pa.scalar(False), count),
        "attributes": pa.array([it.attributes for it in records], pa.string()),
        "service_name": services,
        "system": services,
        "resource_attributes": resources,
    }
    return pa.table([columns.get(field.name, pa.nulls(count, field.type)) for field in schema], schema=schema)
