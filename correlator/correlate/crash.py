"""Errors by which n8n says that the process died that ran an execution."""

from typing import Final

from correlator.correlate.fingerprint import short_type
from correlator.model.error_chain import ErrorEvent

_CRASHES: Final = frozenset({"WorkflowCrashedError", "NodeCrashedError", "MaxStalledCountError"})
"""n8n 2.41: what it names an execution's end by when its process did not live to see it."""
_STALLED: Final = "job stalled more than"  # Bull 4, which n8n's queue mode rests on


def tells_of_crash(error: ErrorEvent) -> bool:
    """Whether an execution ended with its process, as n8n found when it started again or its queue gave the job up."""
    return error.system == "n8n" and (short_type(error.error_type) in _CRASHES or _STALLED in error.message)
