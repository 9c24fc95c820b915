"""Executions that somebody canceled: what n8n itself logs of that is no failure.

n8n reports a canceled execution to its event log as failed (n8n.workflow.failed), at ERROR, though nothing had gone wrong.
"""

import re
from collections.abc import Iterable
from typing import Final

from correlator import semconv
from correlator.correlate.generic_error import is_generic
from correlator.model.span import LogRecord, Span

_CANCELED: Final = "canceled"
_BY_SOMEBODY: Final = re.compile(r"cancell?ed", re.IGNORECASE)


def canceled_executions(spans: Iterable[Span]) -> frozenset[str]:
    """Ids of the executions whose workflow span says that they were canceled."""
    return frozenset(
        str(span.attributes.get(semconv.N8N_EXECUTION_ID))
        for span in spans
        if span.attributes.get(semconv.N8N_EXECUTION_STATUS) == _CANCELED
    )


def tells_only_of_canceling(log: LogRecord, canceled: frozenset[str]) -> bool:
    """Whether n8n says no more of an execution that was canceled than that it ended so, or did not end well."""
    if log.system != "n8n" or str(log.attributes.get(semconv.N8N_EXECUTION_ID)) not in canceled:
        return False
    error_type = str(log.attributes.get(semconv.EXCEPTION_TYPE, ""))
    message = str(log.attributes.get(semconv.EXCEPTION_MESSAGE) or log.body)
    return is_generic(error_type, message) or _BY_SOMEBODY.search(f"{error_type} {message}") is not None
