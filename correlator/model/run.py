"""One run of a workflow, as objectives see it."""

from dataclasses import dataclass
from typing import NamedTuple

from correlator.model.objective import Failing


class RunKey(NamedTuple):
    """One execution of one workflow."""

    workflow_id: str
    execution_id: str


@dataclass(frozen=True, slots=True)
class Run:
    """One execution. `stopped_unix_nano` is None while it runs.

    `items` is what its last node gave out, None where unknown; that node ended at `items_unix_nano`. `failed_nodes` are the
    names of nodes that failed, whatever became of the run. `mode` is n8n's: trigger, webhook, manual, retry, ...; empty
    where unknown, as is `service`, who ran it. `silent` are the ways in which it failed though nobody said so, as judged when it was last heard of.
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
    silent: tuple[Failing, ...] = ()
    service: str = ""

    @property
    def key(self) -> RunKey:
        return RunKey(self.workflow_id, self.execution_id)


@dataclass(frozen=True, slots=True)
class Telling:
    """What one source says of a part of an execution, by a workflow span. `attributes` are the span's and its sender's, as JSON; empty where nobody asks for them.

    `authority` as in Outcome: of two that say different things, the higher one stands. `status` is n8n's own word.
    """

    authority: int
    status: str
    started_unix_nano: int
    ended_unix_nano: int
    mode: str
    workflow_name: str
    service: str
    system: str
    attributes: str


@dataclass(frozen=True, slots=True)
class RunPart:
    """What is known of one workflow span and the nodes below it: an execution has one, or several where it waited.

    `ref` is the span's trace and span id. Nodes are told before their workflow span is: `execution` is None until then.
    `tellings` are one of each authority, lowest first. The rest as in Run.
    """

    ref: str
    execution: RunKey | None = None
    tellings: tuple[Telling, ...] = ()
    items: int | None = None
    items_unix_nano: int | None = None
    failed_nodes: tuple[str, ...] = ()
    newest_unix_nano: int = 0
