"""Documents to tables."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from json.encoder import encode_basestring as quote
from typing import Final

import pyarrow as pa

from correlator.elasticsearch.documents.hit import Hit
from correlator.elasticsearch.documents.rows import Row, log_row, metric_rows, span_row
from correlator.elasticsearch.documents.sender import Senders, SystemOf, default_system_of
from correlator.elasticsearch.documents.source import Source, identifier, object_text, read_source, unix_nano
from correlator.model.tables import NONE_OF, SCHEMAS, Tables

BACKING_INDEX: Final = ".ds-"
_SpanKey = tuple[bytes | None, bytes | None]


def tables_of(hits: Iterable[Hit], system_of: SystemOf = default_system_of) -> Tables:
    """The records of documents, in the order of the hits; their position is 0.

    Of documents that documents_of wrote, exactly those that it was given; span events are in their spans, and are no log
    records. Of those that the Collector wrote (mapping mode otel) as much as they say: `row` is the place in its table,
    `arrival_unix_nano` is when it happened, `system_of` tells the system, and a span has the events that are among the
    hits. A document without what its signal needs is left out.
    """
    by_signal: dict[str, list[Source]] = {signal: [] for signal in SCHEMAS}
    events: dict[_SpanKey, list[Source]] = defaultdict(list)
    for hit in hits:
        source = read_source(hit.source)
        signal = source.data_stream.type or hit.index.removeprefix(BACKING_INDEX).partition("-")[0]
        if _is_event(source, signal):
            events[_span_key(source)].append(source)
        elif signal in by_signal:
            by_signal[signal].append(source)
    senders = Senders(system_of)
    return Tables(
        _table("traces", by_signal["traces"], senders, events),
        _table("logs", by_signal["logs"], senders, {}),
        _table("metrics", by_signal["metrics"], senders, {}),
    )


def _is_event(source: Source, signal: str) -> bool:
    """Whether it is a span event. The Collector's have no time of observation, which its log records always have."""
    if source.correlator is not None:
        return source.correlator.event is not None
    return bool(signal == "logs" and source.event_name and source.span_id and source.observed_timestamp is None)


def _table(signal: str, sources: Sequence[Source], senders: Senders, events: dict[_SpanKey, list[Source]]) -> pa.Table:
    rows: list[Row] = []
    for source in sources:
        origin, sender = _origin(source, len(rows)), senders.row(source)
        rows += [(*row, *sender) for row in _rows(signal, source, origin, events)]
    if not rows:
        return NONE_OF[signal]
    columns = zip(*rows, strict=True)
    return pa.Table.from_arrays(
        [pa.array(values, field.type) for values, field in zip(columns, SCHEMAS[signal], strict=True)],
        schema=SCHEMAS[signal],
    )


def _rows(signal: str, source: Source, origin: Row, events: dict[_SpanKey, list[Source]]) -> list[Row]:
    if signal == "traces":
        row = span_row(source, origin, _events_text(events.get(_span_key(source), [])))
        return [] if row is None else [row]
    return [log_row(source, origin)] if signal == "logs" else metric_rows(source, origin)


def _origin(source: Source, number: int) -> tuple[int, int, int, int]:
    """position, row, arrival_unix_nano, marks."""
    own = source.correlator
    return (0, own.row, own.arrival, own.marks) if own else (0, number, unix_nano(source.timestamp), 0)


def _span_key(source: Source) -> _SpanKey:
    return identifier(source.trace_id, 16), identifier(source.span_id, 8)


def _events_text(events: Sequence[Source]) -> str | None:
    """The events of a span as its column has them, by time."""
    if not events:
        return None
    by_time = sorted(events, key=lambda event: unix_nano(event.timestamp))
    return f"[{','.join(map(_event_text, by_time))}]"


def _event_text(event: Source) -> str:
    name = event.event_name or ""
    return (
        f'{{"time_unix_nano":{unix_nano(event.timestamp)},"name":{quote(name)},'
        f'"attributes":{object_text(event.attributes)}}}'
    )
