"""Records of n8n and of services for the ledger's tests, and a ledger that counts them."""

import json
from typing import Any

from correlator.model.objective import Objective
from correlator.model.outcome import MinuteSums
from correlator.pipeline.slo.counting import Counting
from correlator.pipeline.slo.objectives import Objectives
from correlator.slo.minute_series import MINUTE_NANO
from correlator.store.contract import Store
from tests.conformance.records import frame_of, span, span_id, tables, trace_id

MINUTE = 29_000_000
NOW = MINUTE * MINUTE_NANO
SECOND = 10**9
RECONSTRUCTED = 32
REST = {"correlator.source": "n8n_rest"}
WORKER = {"n8n.instance.role": "worker"}


def execution(
    number: int,
    status: str = "success",
    *,
    ended: int = NOW,
    took: int = SECOND,
    workflow: str = "w1",
    name: str = "Orders",
    mode: str = "trigger",
    span_number: int | None = None,
    sender: dict[str, Any] | None = None,
    **attributes: Any,
) -> dict[str, Any]:
    """A workflow span of the execution of that number; its span, unless given, is `number`'s."""
    told = {
        "n8n.workflow.id": workflow,
        "n8n.workflow.name": name,
        "n8n.execution.id": str(number),
        "n8n.execution.status": status,
        "n8n.execution.mode": mode,
    }
    return span(
        trace_id(number),
        number if span_number is None else span_number,
        name="workflow.execute",
        kind=1,
        system="n8n",
        service_name="n8n",
        start_time_unix_nano=ended - took,
        end_time_unix_nano=ended,
        is_error=status in ("error", "crashed"),
        attributes=json.dumps(told | attributes),
        resource_attributes=json.dumps(sender or {}),
        marks=RECONSTRUCTED if sender == REST else 0,
    )


def node(
    number: int, name: str, items: int | None = 1, *, ended: int = NOW, is_error: bool = False, below: int | None = None
) -> dict[str, Any]:
    """A node's span below the workflow span of that number."""
    told = {"n8n.node.name": name} | ({} if items is None else {"n8n.node.items.output": items})
    return span(
        trace_id(number),
        hash((number, name)) % 2**40,
        name="node.execute",
        kind=1,
        system="n8n",
        service_name="n8n",
        parent_span_id=span_id(number if below is None else below),
        start_time_unix_nano=ended - 1,
        end_time_unix_nano=ended,
        is_error=is_error,
        attributes=json.dumps(told),
    )


def call(number: int, *, ended: int = NOW, took: int = SECOND, **given: Any) -> dict[str, Any]:
    """A call that the bridge answered."""
    return span(trace_id(number), number, start_time_unix_nano=ended - took, end_time_unix_nano=ended, **given)


def send(store: Store, *spans: dict[str, Any]) -> None:
    """One request."""
    records = tables(spans)
    store.append(frame_of(records), records).result(timeout=30)


def counted(store: Store, objectives: Objectives, now: int = NOW) -> Counting:
    """Everything that came, counted."""
    counting = Counting(store, objectives)
    while not counting.count_page(now, ()).is_end:
        pass
    return counting


def in_force(store: Store, *objectives: Objective) -> Objectives:
    return Objectives(objectives, store)


def minutes(store: Store, objective_id: str = "o") -> list[MinuteSums]:
    """All that have events."""
    return [each for each in store.minute_sums(objective_id, 0, 2**40) if each.total]


def sums(store: Store, objective_id: str = "o") -> tuple[int, int]:
    """Good and total events of all minutes."""
    rows = minutes(store, objective_id)
    return sum(each.good for each in rows), sum(each.total for each in rows)
