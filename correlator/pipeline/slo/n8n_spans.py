"""n8n's spans as the ledger reads them: tellings of executions, and nodes."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Final, NamedTuple

import msgspec
import pyarrow as pa

from correlator import semconv
from correlator.model.marks import Mark
from correlator.model.rows import json_object
from correlator.model.run import RunKey, Telling
from correlator.slo.run_parts import DATABASE, MAIN, OTHERS, WORKER, Node

AUTHORITIES: Final = {semconv.FROM_N8N_REST: DATABASE}
ROWS_AT_ONCE: Final = 1_000
NAME_CHARACTERS: Final = 128
"""Of a workflow's id and name, and an execution's id: n8n's own are no longer. A sender may say 64 KiB, which would stand in ids of
objectives, in each of their series and in file names."""
ROLES: Final = {"worker": WORKER}


class ToldExecution(NamedTuple):
    """A workflow span: what part of an execution it is, and what it says."""

    ref: str
    execution: RunKey
    telling: Telling


class ToldNode(NamedTuple):
    """A node's span: of which part it is, and what it says."""

    ref: str
    node: Node


def told_in(n8n: pa.Table, *, with_attributes: bool) -> Iterator[ToldExecution | ToldNode]:
    """What workflow and node spans tell, in N8N_COLUMNS. Those that name no execution, or no parent, tell nothing.

    Attributes are kept where objectives ask for them: they are most of what an execution would take in the ledger.
    """
    senders: dict[str, Mapping[str, Any]] = {}
    for row in chain.from_iterable(batch.to_pylist() for batch in n8n.to_batches(max_chunksize=ROWS_AT_ONCE)):
        sender = row["resource_attributes"]
        if sender not in senders:
            senders[sender] = json_object(sender)
        if row["name"] == semconv.N8N_NODE_SPAN:
            told: ToldExecution | ToldNode | None = _node(row)
        else:
            told = _execution(row, senders[sender], with_attributes)
        if told is not None:
            yield told


def _execution(row: Mapping[str, Any], sender: Mapping[str, Any], with_attributes: bool) -> ToldExecution | None:
    attributes = json_object(row["attributes"])
    execution_id = _named(attributes, semconv.N8N_EXECUTION_ID)
    if not execution_id:
        return None
    status = str(attributes.get(semconv.N8N_EXECUTION_STATUS, "")) or ("error" if row["is_error"] else "success")
    telling = Telling(
        authority=_authority(row["marks"], sender),
        status=status,
        started_unix_nano=row["start_time_unix_nano"],
        ended_unix_nano=max(row["start_time_unix_nano"], row["end_time_unix_nano"]),
        mode=str(attributes.get(semconv.N8N_EXECUTION_MODE, "")),
        workflow_name=_named(attributes, semconv.N8N_WORKFLOW_NAME),
        service=row["service_name"],
        system=row["system"],
        attributes=msgspec.json.encode({**sender, **attributes}).decode() if with_attributes else "",
    )
    key = RunKey(_named(attributes, semconv.N8N_WORKFLOW_ID), execution_id)
    return ToldExecution(_ref(row["trace_id"], row["span_id"]), key, telling)


def _named(attributes: Mapping[str, Any], attribute: str) -> str:
    return str(attributes.get(attribute, ""))[:NAME_CHARACTERS]


def _authority(marks: int, sender: Mapping[str, Any]) -> int:
    if marks & Mark.RECONSTRUCTED:
        return AUTHORITIES.get(str(sender.get(semconv.SOURCE, "")), OTHERS)
    return ROLES.get(str(sender.get(semconv.N8N_INSTANCE_ROLE, "")), MAIN)


def _node(row: Mapping[str, Any]) -> ToldNode | None:
    if row["parent_span_id"] is None:
        return None
    attributes = json_object(row["attributes"])
    items = attributes.get(semconv.N8N_NODE_ITEMS_OUTPUT)
    is_canceled = attributes.get(semconv.N8N_NODE_TERMINATION_REASON) == semconv.N8N_WORKFLOW_CANCELLED
    node = Node(
        name=str(attributes.get(semconv.N8N_NODE_NAME, "")),
        ended_unix_nano=row["end_time_unix_nano"],
        items=items if isinstance(items, int) and items >= 0 else None,
        has_failed=bool(row["is_error"]) and not is_canceled,
    )
    return ToldNode(_ref(row["trace_id"], row["parent_span_id"]), node)


def _ref(trace_id: bytes, span_id: bytes) -> str:
    return f"{trace_id.hex()}{span_id.hex()}"


def names_of(told: Iterable[ToldExecution | ToldNode]) -> Mapping[str, str]:
    """Workflows that are named, by id; of two names the later telling's."""
    named = sorted(
        (each.telling.ended_unix_nano, each.execution.workflow_id, each.telling.workflow_name)
        for each in told
        if isinstance(each, ToldExecution)
    )
    return {workflow_id: name for _, workflow_id, name in named}
