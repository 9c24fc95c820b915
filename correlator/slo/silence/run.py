"""What is said of a run of a workflow, or of one that did not come."""

from dataclasses import dataclass

from correlator.model.objective import Failing


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
