"""Documents to one request of OTLP/JSON."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from correlator import semconv
from correlator.elasticsearch.foreign.ecs_line import ecs_line
from correlator.elasticsearch.foreign.otel_records import (
    Document,
    Message,
    log_record_of,
    resource_of,
    schema_url_of,
    scope_of,
    span_of,
)
from correlator.elasticsearch.foreign.otel_values import unix_nano
from correlator.elasticsearch.foreign.sources import Source
from correlator.store.contract import Frame

SpanKey = tuple[str, str]
"""Trace id and span id."""


def span_key(document: Document) -> SpanKey:
    return document.get("trace_id", ""), document.get("span_id", "")


def spans_request(documents: Sequence[Document], events: Iterable[Document]) -> Frame:
    """Spans in OTel mode, in their order, each with those of `events` that are its own."""
    of_span: defaultdict[SpanKey, list[Document]] = defaultdict(list)
    for event in events:
        of_span[span_key(event)].append(event)
    groups = [
        _group("scopeSpans", document, {"spans": [span_of(document, of_span[span_key(document)])]})
        for document in documents
    ]
    return _frame("traces", {"resourceSpans": groups}, documents)


def logs_request(documents: Sequence[Document], source: Source, single: Collection[str] = ()) -> Frame:
    """Log records in their order. `single` names fields of log lines that hold one value, beside those of ECS."""
    if source.kind == "otel":
        groups = [_group("scopeLogs", each, {"logRecords": [log_record_of(each)]}) for each in documents]
        return _frame("logs", {"resourceLogs": groups}, documents)
    lines = [ecs_line(each, source.fields, single) for each in documents]
    groups = [{"scopeLogs": [{"logRecords": [_record_of_line(line)]}]} for line in lines]
    return _frame("logs", {"resourceLogs": groups}, lines)


def _record_of_line(line: Mapping[str, Any]) -> Message:
    """As a Collector forwards a line of a file: the decoder reads it."""
    return {"body": {"stringValue": json.dumps(line, ensure_ascii=False)}}


def _group(scopes: str, document: Document, records: Message) -> Message:
    """A document's resource with its scope and, in that, `records`."""
    scope = {"scope": scope_of(document), "schemaUrl": schema_url_of(document, "scope"), **records}
    return {"resource": resource_of(document), "schemaUrl": schema_url_of(document, "resource"), scopes: [scope]}


def _frame(signal: str, request: Message, documents: Iterable[Document]) -> Frame:
    """Arrived when the newest of them happened: when they came into Elasticsearch, they do not say."""
    times = (unix_nano(document.get(semconv.ECS_TIMESTAMP)) for document in documents)
    return Frame(signal, "json", max(times, default=0), msgspec.json.encode(request))
