"""Nodes that failed in a run that went on and ended well: "continue on error" hides them from n8n's status."""

from typing import Final

from correlator.model.run import Run
from correlator.slo.silence.run import SilentFailure

NAMED: Final = 3
"""Nodes that the reason names."""


def continued_on_error(run: Run) -> SilentFailure | None:
    """The run, if it is a success with failed nodes in it. A run that failed is no silent failure."""
    if not run.is_success or not run.failed_nodes or run.stopped_unix_nano is None:
        return None
    names = sorted(set(run.failed_nodes))
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    reason = f"ended well though {', '.join(map(repr, names[:NAMED]))}{more} failed"
    return SilentFailure("continued_on_error", run.workflow_id, run.execution_id, run.stopped_unix_nano, reason)
