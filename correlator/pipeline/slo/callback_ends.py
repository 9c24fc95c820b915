"""Executions whose end only callbacks tell: an n8n that sends no spans, and whose API is not read.

What a callback says has the least authority: whatever n8n itself tells of the execution, however late, corrects it.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from correlator.model.run import RunKey, Telling
from correlator.pipeline.slo.n8n_spans import ToldExecution
from correlator.pipeline.slo.silent_runs import LATE_NANO, SERVICE, SYSTEM
from correlator.slo.run_parts import OTHERS
from correlator.store.contract import OutcomeLedger
from correlator.workflows.status import ExecutionStatus

STATUS_OF_STATE: Final = {"completed": "success", "failed": "error", "canceled": "canceled"}
"""n8n's words for what callbacks say."""

Statuses = Callable[[], Iterable[ExecutionStatus]]
"""Of all executions that are known now."""


def told_by_callbacks(
    ledger: OutcomeLedger, statuses: Iterable[ExecutionStatus], now_unix_nano: int
) -> tuple[ToldExecution, ...]:
    """The ends that nobody else has told in time, and that are not counted yet."""
    ended = {RunKey(each.workflow_id, each.execution_id): each for each in _ended(statuses, now_unix_nano)}
    known = ledger.standing_runs(ended.keys())
    names = ledger.workflow_names() if len(known) < len(ended) else {}
    return tuple(
        ToldExecution(f"callback/{key.workflow_id}/{key.execution_id}", key, _telling(each, names.get(key.workflow_id, "")))
        for key, each in ended.items()
        if key not in known or known[key].stopped_unix_nano is None
    )  # fmt: skip


def _ended(statuses: Iterable[ExecutionStatus], now_unix_nano: int) -> Iterator[ExecutionStatus]:
    latest = now_unix_nano - LATE_NANO
    return (each for each in statuses if each.state in STATUS_OF_STATE and each.state_unix_nano <= latest)


def _telling(status: ExecutionStatus, workflow_name: str) -> Telling:
    return Telling(
        authority=OTHERS,
        status=STATUS_OF_STATE[status.state],
        started_unix_nano=min(status.started_unix_nano, status.state_unix_nano),
        ended_unix_nano=status.state_unix_nano,
        mode="",
        workflow_name=workflow_name,
        service=SERVICE,
        system=SYSTEM,
        attributes="",
    )
