"""One run of a workflow, as objectives see it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """One execution. `stopped_unix_nano` is None while it runs.

    `items` is what its last node gave out, None where unknown. `failed_nodes` are the names of nodes that failed, whatever
    became of the run.
    """

    workflow_id: str
    execution_id: str
    started_unix_nano: int
    stopped_unix_nano: int | None
    is_success: bool
    items: int | None = None
    failed_nodes: tuple[str, ...] = ()
