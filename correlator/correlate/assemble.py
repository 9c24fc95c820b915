"""Spans and logs of one trace id, in any order and however often they came, put together as one Trace."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from correlator import semconv
from correlator.correlate.clock_skew import clock_offsets
from correlator.correlate.retold import is_retold, method_of_parent, without_retold_nodes
from correlator.model.precisions import UNMEASURED, Precisions
from correlator.model.span import LogRecord, Span, SpanEvent, SpanLink
from correlator.model.trace import SPAN_LINK, Edge, Trace


def assemble(
    trace_id: str, spans: Sequence[Span], logs: Sequence[LogRecord] = (), precisions: Precisions = UNMEASURED
) -> Trace:
    """The trace that these records make: the same for the same records in any order, however they repeat.

    Of spans with one id, the sender's own is kept before one that another has told of, then the one that ended last, ties
    by content; a node of n8n that both have told of is the sender's own too, though the ids differ. A span is a root when
    it has no parent here: none given, missing (an orphan), itself, or, in a cycle of parents, the earliest of the cycle
    (ties by span id).
    """
    unique = without_retold_nodes(_unique_spans(spans))
    parents = _parents(unique)
    offsets = clock_offsets(_callers_first(unique, parents), parents)
    ordered = sorted(
        unique, key=lambda span: (span.start_time_unix_nano + offsets.get(span.service_name, 0), span.span_id)
    )
    known = {span.span_id for span in ordered}
    missing = {span.parent_span_id for span in ordered if span.parent_span_id and span.parent_span_id not in known}
    return Trace(
        trace_id=trace_id,
        spans=tuple(ordered),
        logs=tuple(_unique_logs(logs)),
        roots=tuple(span.span_id for span in ordered if span.span_id not in parents),
        orphans=tuple(span.span_id for span in ordered if span.parent_span_id in missing),
        missing_parents=tuple(sorted(missing)),
        children=_children(ordered, parents),
        edges=tuple(_edges(ordered, parents, precisions)),
        clock_offset_nano=offsets,
    )


def _unique_spans(spans: Iterable[Span]) -> list[Span]:
    """One span for each id, by (start, span id)."""
    kept: dict[str, Span] = {}
    for span in spans:
        other = kept.get(span.span_id)
        if other is None or _precedence(span) > _precedence(other):
            kept[span.span_id] = span
    return sorted(kept.values(), key=_by_start)


def _by_start(span: Span) -> tuple[int, str]:
    return span.start_time_unix_nano, span.span_id


def _precedence(span: Span) -> tuple[bool, int, str, str]:
    """The sender's own, then what ended last, then the greatest attributes text (as model.unique_spans has it), then all
    the rest."""
    return not is_retold(span), span.end_time_unix_nano, _canonical(span.attributes), _canonical(span)


def _unique_logs(logs: Iterable[LogRecord]) -> list[LogRecord]:
    """By time; of those with one log.record.uid the first."""
    texts = {_canonical(log): log for log in logs}
    unique: dict[str, LogRecord] = {}
    for text in sorted(texts, key=lambda text: (*_log_order(texts[text]), text)):
        unique.setdefault(str(texts[text].attributes.get(semconv.LOG_RECORD_UID) or text), texts[text])
    return list(unique.values())


def _log_order(log: LogRecord) -> tuple[int, str, str]:
    return log.time_unix_nano, log.service_name, log.body


def _canonical(value: Any) -> str:
    """A text that is equal for equal values, whatever order their mappings are in."""
    return json.dumps(value, sort_keys=True, default=_as_jsonable)


def _as_jsonable(value: Any) -> Any:
    if isinstance(value, Span | LogRecord | SpanEvent | SpanLink):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return dict(value) if isinstance(value, Mapping) else repr(value)


def _parents(spans: Sequence[Span]) -> dict[str, str]:
    """Span id to parent's span id, for those whose parent is here; free of cycles."""
    known = {span.span_id for span in spans}
    parents = {
        span.span_id: span.parent_span_id
        for span in spans
        if span.parent_span_id is not None and span.parent_span_id in known and span.parent_span_id != span.span_id
    }
    for root in _cycle_heads(spans, parents):
        del parents[root]
    return parents


def _cycle_heads(spans: Sequence[Span], parents: Mapping[str, str]) -> list[str]:
    """The first span, in the order of `spans`, of each cycle of parents."""
    place = {span.span_id: index for index, span in enumerate(spans)}
    walk_of: dict[str, int] = {}
    heads = []
    for number, span in enumerate(spans):
        walked, current = [], span.span_id
        while current in parents and current not in walk_of:
            walk_of[current] = number
            walked.append(current)
            current = parents[current]
        if walk_of.get(current) == number:  # back at where this walk has been
            heads.append(min(walked[walked.index(current) :], key=place.__getitem__))
    return heads


def _children(spans: Sequence[Span], parents: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Span id to its children's ids, in the order of `spans`."""
    children: dict[str, list[str]] = {}
    for span in spans:
        if span.span_id in parents:
            children.setdefault(parents[span.span_id], []).append(span.span_id)
    return {span_id: tuple(ids) for span_id, ids in children.items()}


def _callers_first(spans: Sequence[Span], parents: Mapping[str, str]) -> list[Span]:
    """Breadth first: roots by start, then their children, and so on."""
    children = _children(spans, parents)
    by_id = {span.span_id: span for span in spans}
    order = [span.span_id for span in spans if span.span_id not in parents]
    for span_id in order:  # grows while it is walked
        order.extend(children.get(span_id, ()))
    return [by_id[span_id] for span_id in order]


def _edges(spans: Sequence[Span], parents: Mapping[str, str], precisions: Precisions) -> Iterable[Edge]:
    """By the span that they lead to, in the order of `spans`; its parent's first, then its links', by span id."""
    by_id = {span.span_id: span for span in spans}
    for span in spans:
        if span.span_id in parents:
            yield precisions.edge(
                parents[span.span_id], span.span_id, method_of_parent(by_id[parents[span.span_id]], span)
            )
        linked = {link.span_id for link in span.links if link.trace_id == span.trace_id} & by_id.keys()
        for span_id in sorted(linked - {span.span_id}):
            yield precisions.edge(span_id, span.span_id, SPAN_LINK)
