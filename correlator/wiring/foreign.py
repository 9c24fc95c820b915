"""What others wrote into Elasticsearch: where it is, which names carry ids, and stories with it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from correlator import semconv
from correlator.doors.json_logs.story_fields import ALIASES
from correlator.elasticsearch import connect
from correlator.elasticsearch.foreign.sources import OTEL_STREAMS, KeyFields, Source
from correlator.model.tables import Tables
from correlator.settings import Settings
from correlator.store.contract import Frame, Reader
from correlator.wiring.recording import make_decode

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from correlator.elasticsearch.foreign.reader import ForeignReader

_NAMES: Final = {
    "execution": (semconv.N8N_EXECUTION_ID, semconv.N8N_EXECUTION_RETRY_OF, semconv.N8N_EXECUTION_PARENT_ID),
    "job": (semconv.JOB_ID, semconv.MESSAGING_MESSAGE_ID),
    "idempotency": (semconv.JOB_IDEMPOTENCY_KEY,),
    "payload": (semconv.PAYLOAD_HASH,),
}
"""By the kind of join key, as correlate.stitch.join_keys reads them."""
_OF_N8N_LINES: Final = (
    "metadata.executionId",
    "payload.executionId",
    "metadata.retryOf",
    "payload.retryOf",
    "execution",
)
"""Where n8n's stdout and event log have an execution; the last in words, as `execution 42`."""


def with_foreign(settings: Settings, reader: Reader) -> Reader:
    """The reader, its stories completed by what `elasticsearch.reads` names. Raises SettingsError where no cluster is named."""
    sources = given_sources(settings)
    if not sources:
        return reader
    from correlator.elasticsearch.foreign.with_foreign import WithForeign

    return WithForeign(reader, make_foreign_reader(settings, connect(settings.elasticsearch.connection), sources))


def make_foreign_reader(
    settings: Settings, client: "Elasticsearch", sources: Sequence[Source] = OTEL_STREAMS, *, with_own: bool = False
) -> "ForeignReader":
    """What reads these sources, with this engine's decoder."""
    from correlator.elasticsearch.foreign.reader import ForeignReader

    decode = make_decode(settings)

    def tables_of(frame: Frame) -> Tables:
        return decode(frame).tables

    return ForeignReader(client, sources, tables_of, key_fields(), with_own=with_own)


def given_sources(settings: Settings) -> tuple[Source, ...]:
    """What the settings name."""
    return tuple(Source(each.index, each.kind, each.fields) for each in settings.elasticsearch.reads)


def key_fields() -> KeyFields:
    """Every name under which a record or a log line carries a join key."""
    names = {kind: (*own, *_aliases(own)) for kind, own in _NAMES.items()}
    return KeyFields(names | {"execution": (*names["execution"], *_OF_N8N_LINES)})


def _aliases(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(alias for alias, name in ALIASES.items() if name in names)
