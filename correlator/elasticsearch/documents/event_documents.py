"""Span events as documents among the logs, as the Collector writes them."""

from collections.abc import Iterator
from json.encoder import encode_basestring as quote
from typing import Final

import msgspec

from correlator.elasticsearch.documents.document import Document
from correlator.elasticsearch.documents.json_columns import Texts, identifiers, joined, time_text
from correlator.elasticsearch.documents.record_texts import Records, data_stream, ids, own_opened, sender

EVENT_NAME: Final = "event.name"  # the attribute in which the Collector repeats it


class _Event(msgspec.Struct):
    time_unix_nano: int
    name: str
    attributes: msgspec.Raw = msgspec.Raw(b"{}")
    dropped_attributes_count: int = 0


_decode = msgspec.json.Decoder(list[_Event]).decode


def event_documents(records: Records) -> Iterator[Document]:
    """A document for each event of `records`, spans that have some."""
    stream = data_stream("logs", records.names)
    columns = (ids(records), records["events"], _of_span(records), joined([*sender(records), *own_opened(records)]))
    for span_id, events, of_span, end in zip(*(column.to_pylist() for column in columns), strict=True):
        for number, event in enumerate(_decode(events)):
            beginning = f'{{{stream},"@timestamp":{time_text(event.time_unix_nano)}{of_span}'
            source = f'{beginning}{_of_event(event)}{end},"event":{number}}}}}'
            yield Document("logs", f"{span_id}e{number}", source.encode())


def _of_span(records: Records) -> Texts:
    return joined([*identifiers("trace_id", records["trace_id"]), *identifiers("span_id", records["span_id"])])


def _of_event(event: _Event) -> str:
    name, attributes = quote(event.name), bytes(event.attributes).decode()
    if event.name and f'"{EVENT_NAME}"' not in attributes:
        more = "" if attributes == "{}" else ","
        attributes = f'{{"{EVENT_NAME}":{name}{more}{attributes[1:]}'
    told = f',"event_name":{name}' if event.name else ""
    if event.dropped_attributes_count:
        told += f',"dropped_attributes_count":{event.dropped_attributes_count}'
    return f'{told},"attributes":{attributes}' if attributes != "{}" else told
