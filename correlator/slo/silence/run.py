"""What is known of one run of a workflow, and what is said of it."""

from dataclasses import dataclass

from correlator.model.objective import Failing


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


@dataclass(frozen=True, slots=True)
class SilentFailure:
    """A failure that nobody reported, and when it became one. `execution_id` is empty for a run that did not come."""

    kind: Failing
    workflow_id: str
    execution_id: str
    at_unix_nano: int
    reason: str


@dataclass(frozen=True, slots=True)
class Unlearned:
    """Why nothing can be said to be usual."""

    reason: str
