"""One run of a workflow, as objectives see it."""

from dataclasses import dataclass
from typing import NamedTuple


class RunKey(NamedTuple):
    """One execution of one workflow."""

    workflow_id: str
    execution_id: str


@dataclass(frozen=True, slots=True)
class Run:
    """One execution. `stopped_unix_nano` is None while it runs.

    `items` is what its last node gave out, None where unknown; that node ended at `items_unix_nano`. `failed_nodes` are the
    names of nodes that failed, whatever became of the run. `mode` is n8n's: trigger, webhook, manual, retry, ...; empty
    where unknown.
    """

    workflow_id: str
    execution_id: str
    started_unix_nano: int
    stopped_unix_nano: int | None
    is_success: bool
    items: int | None = None
    failed_nodes: tuple[str, ...] = ()
    mode: str = ""
    items_unix_nano: int | None = None

    @property
    def key(self) -> RunKey:
        return RunKey(self.workflow_id, self.execution_id)
