"""Reading of what others wrote into Elasticsearch: which names carry ids, with which decoder."""

from typing import Final

from correlator import semconv
from correlator.doors.json_logs.story_fields import ALIASES
from correlator.elasticsearch.foreign.sources import KeyFields

_NAMES: Final = {
    "execution": (semconv.N8N_EXECUTION_ID, semconv.N8N_EXECUTION_RETRY_OF, semconv.N8N_EXECUTION_PARENT_ID),
    "job": (semconv.JOB_ID, semconv.MESSAGING_MESSAGE_ID),
    "idempotency": (semconv.JOB_IDEMPOTENCY_KEY,),
    "payload": (semconv.PAYLOAD_HASH,),
}
"""By the kind of join key, as correlate.stitch.join_keys reads them."""
_OF_N8N_LINES: Final = ("metadata.executionId", "payload.executionId", "metadata.retryOf", "payload.retryOf")
"""Where n8n's stdout and event log have an execution."""


def key_fields() -> KeyFields:
    """Every name under which a record or a log line carries a join key."""
    names = {kind: (*own, *_aliases(own)) for kind, own in _NAMES.items()}
    return KeyFields(names | {"execution": (*names["execution"], *_OF_N8N_LINES)})


def _aliases(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(alias for alias, name in ALIASES.items() if name in names)
