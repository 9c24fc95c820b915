"""What a sender told of an execution: n8n's Error Trigger, or one of the four kinds."""

from dataclasses import dataclass
from typing import Final

KINDS: Final = ("started", "progress", "completed", "failed")
CANCELED: Final = "canceled"
"""Told by the Error Trigger only: somebody stopped the execution, which is no failure."""
EVENT_PREFIX: Final = "n8n.callback."
"""The log record of a callback is called this and its kind."""
TIMEOUT_EVENT: Final = "n8n.execution.timeout"
"""The log record of an execution that has been silent for too long."""


@dataclass(frozen=True, slots=True)
class CallbackError:
    """Why an execution failed. Texts are bounded and free of credentials; empty where something was not told."""

    type: str
    message: str
    stacktrace: str = ""
    node_name: str = ""
    node_type: str = ""
    http_status: int | None = None
    network_code: str = ""  # what the network said instead of an HTTP status, such as ECONNABORTED
    description: str = ""  # what n8n adds to the message, which has it too
    upstream: str = ""  # what the called service answered, where n8n quotes it
    url: str = ""  # of the called service, without query and credentials


@dataclass(frozen=True, slots=True)
class Callback:
    """One callback, validated. Ids are lowercase hex; empty text where something was not told.

    `execution_id` is empty only where a trigger failed before there was an execution. `time_unix_nano` is the sender's own
    where it gave one, else that of arrival, and never later than arrival. Two callbacks with one `uid` are one.
    """

    kind: str
    workflow_id: str
    execution_id: str
    time_unix_nano: int
    uid: str
    trace_id: str = ""
    span_id: str = ""  # the span that failed, where it is known
    service_name: str = ""
    system: str = ""  # n8n | bridge | worker | other; empty: the rules over service names tell
    workflow_name: str = ""
    execution_url: str = ""
    mode: str = ""
    retry_of: str = ""
    job_id: str = ""
    correlation_id: str = ""
    progress: float | None = None  # 0..1
    message: str = ""
    error: CallbackError | None = None
    result_hash: str = ""  # correlator.payload.payload_hash of the result

    @property
    def event_name(self) -> str:
        return EVENT_PREFIX + self.kind
