"""Spans to rows of the table SPANS."""

from functools import lru_cache
from typing import Any, Final

import msgspec
import pyarrow as pa

from correlator import semconv
from correlator.doors.otlp_decode import columns
from correlator.doors.otlp_decode.attribute_texts import AttributeTexts
from correlator.doors.otlp_decode.identifiers import NO_SPAN_ID, NO_TRACE_ID, is_identifier
from correlator.doors.otlp_decode.rejections import Unfit
from correlator.doors.otlp_decode.value_texts import quote
from correlator.model.details import dropped_counts
from correlator.model.error_signal import SIGNAL_KEYS, span_is_error
from correlator.model.marks import Mark

SIGNALS: Final = tuple(sorted(SIGNAL_KEYS))
KINDS: Final = range(semconv.KIND_UNSPECIFIED, semconv.KIND_CONSUMER + 1)
STATUS_CODES: Final = range(semconv.STATUS_UNSET, semconv.STATUS_ERROR + 1)
NO_EVENTS: Final = (None, False, 0)
NO_LINKS: Final = (None, 0)
LONGEST_KNOWN_SIGNALS: Final = 512
"""Characters of signal attributes that are worth remembering; bounds the memory of _known_error."""


def span_row(span: Any, texts: AttributeTexts) -> tuple[Any, ...]:
    """Values in the order that span_columns takes them. Raises Unfit for a span that is not kept."""
    trace_id, span_id = span.trace_id, span.span_id
    if len(trace_id) != 16 or trace_id == NO_TRACE_ID:
        raise Unfit("bad_trace_id", f"trace_id has {len(trace_id)} bytes; send 16, not all zero")
    if len(span_id) != 8 or span_id == NO_SPAN_ID:
        raise Unfit("bad_span_id", f"span_id has {len(span_id)} bytes; send 8, not all zero")
    parent, marks = _parent(span.parent_span_id)
    kind, status = span.kind, span.status
    status_code = status.code
    fields = texts.fields(span.attributes)
    events, links = span.events, span.links  # most spans have none: no call for those
    events_text, has_exception, event_marks = _events(events, texts) if events else NO_EVENTS
    links_text, link_marks = _links(links, texts) if links else NO_LINKS
    is_cut = span.dropped_attributes_count or span.dropped_events_count or span.dropped_links_count
    return (
        trace_id,
        span_id,
        parent,
        span.trace_state or None,
        span.name,
        kind if kind in KINDS else semconv.KIND_UNSPECIFIED,
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        status_code if status_code in STATUS_CODES else semconv.STATUS_UNSET,
        status.message or None,
        _is_error(status_code, kind, fields, has_exception),
        f"{{{','.join(fields.values())}}}",
        events_text,
        links_text,
        _dropped_of_span(span) if is_cut else None,
        span.flags,
        marks | event_marks | link_marks,
    )


def span_columns(rows: list[tuple[Any, ...]]) -> dict[str, pa.Array]:
    """The columns of at least one span that are its own."""
    (
        trace_ids, span_ids, parents, trace_states, names, kinds, starts, ends,
        codes, messages, errors, attributes, events, links, dropped, flags, marks,
    ) = zip(*rows, strict=True)  # fmt: skip
    return {
        "trace_id": columns.identifiers(trace_ids, 16),
        "span_id": columns.identifiers(span_ids, 8),
        "parent_span_id": columns.identifiers(parents, 8),
        "trace_state": pa.array(trace_states, pa.string()),
        "name": pa.array(names, pa.string()),
        "kind": pa.array(kinds, pa.int8()),
        "start_time_unix_nano": columns.unsigned(starts),
        "end_time_unix_nano": columns.unsigned(ends),
        "status_code": pa.array(codes, pa.int8()),
        "status_message": pa.array(messages, pa.string()),
        "is_error": pa.array(errors, pa.bool_()),
        "attributes": pa.array(attributes, pa.string()),
        "events": pa.array(events, pa.string()),
        "links": pa.array(links, pa.string()),
        "dropped_counts": columns.rare_terms(dropped),
        "flags": pa.array(flags, pa.int64()),
        "marks": pa.array(marks, pa.int32()),
    }


def _parent(parent_span_id: bytes) -> tuple[bytes | None, int]:
    if len(parent_span_id) == 8:
        return (None if parent_span_id == NO_SPAN_ID else parent_span_id), 0
    return None, int(Mark.INVALID_PARENT) if any(parent_span_id) else 0


def _events(events: Any, texts: AttributeTexts) -> tuple[str, bool, int]:
    """JSON, whether one is an exception, and marks."""
    if len(events) > texts.limit:
        raise Unfit("too_many_events", f"{len(events)} events; send at most {texts.limit}")
    written, has_exception, latest = [], False, 0
    for event in events:
        name, time = event.name, event.time_unix_nano
        latest = max(latest, time)
        has_exception = has_exception or name == semconv.EXCEPTION_EVENT
        written.append(
            f'{{"time_unix_nano":{min(time, columns.INT64_MAX)},"name":{quote(name)},'
            f'"attributes":{texts.text(event.attributes)}{_dropped(event)}}}'
        )
    return f"[{','.join(written)}]", has_exception, _out_of_range(latest)


def _links(links: Any, texts: AttributeTexts) -> tuple[str | None, int]:
    """JSON of those with valid ids, and marks."""
    if len(links) > texts.limit:
        raise Unfit("too_many_links", f"{len(links)} links; send at most {texts.limit}")
    written = [text for link in links if (text := _link_text(link, texts))]
    marks = 0 if len(written) == len(links) else int(Mark.INVALID_TRACE_CONTEXT)
    return (f"[{','.join(written)}]" if written else None), marks


def _link_text(link: Any, texts: AttributeTexts) -> str:
    """JSON; empty when an id is not valid. Attributes are read either way: a broken one is noticed."""
    attributes = texts.text(link.attributes)
    if not (is_identifier(link.trace_id, 16) and is_identifier(link.span_id, 8)):
        return ""
    state = f',"trace_state":{quote(link.trace_state)}' if link.trace_state else ""
    ids = f'"trace_id":"{link.trace_id.hex()}","span_id":"{link.span_id.hex()}"'
    return f'{{{ids}{state},"attributes":{attributes}{_dropped(link)}}}'


def _dropped_of_span(span: Any) -> str | None:
    return dropped_counts(span.dropped_attributes_count, span.dropped_events_count, span.dropped_links_count)


def _dropped(part: Any) -> str:
    """The end of an event's or link's JSON."""
    count = part.dropped_attributes_count
    return f',"dropped_attributes_count":{count}' if count else ""


def _out_of_range(time_unix_nano: int) -> int:
    """The mark of a time that int64 cannot hold."""
    return int(Mark.TIME_OUT_OF_RANGE) if time_unix_nano > columns.INT64_MAX else 0


def _is_error(status_code: int, kind: int, fields: dict[str, str], has_exception: bool) -> bool:
    """model.error_signal's answer, remembered for what repeats."""
    signals = ",".join([fields[key] for key in SIGNALS if key in fields])
    if len(signals) > LONGEST_KNOWN_SIGNALS:
        return _known_error.__wrapped__(status_code, kind, signals, has_exception)
    return _known_error(status_code, kind, signals, has_exception)


@lru_cache(maxsize=1024)
def _known_error(status_code: int, kind: int, signals: str, has_exception: bool) -> bool:
    attributes = msgspec.json.decode(f"{{{signals}}}", type=dict[str, Any])
    return span_is_error(status_code, kind, attributes, has_exception=has_exception)
