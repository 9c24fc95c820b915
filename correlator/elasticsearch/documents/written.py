"""Tables to documents."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from json.encoder import encode_basestring as quote
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from correlator.correlate.stitch import join_keys
from correlator.elasticsearch.documents.block import Block, block_of
from correlator.elasticsearch.documents.document import Document
from correlator.elasticsearch.documents.event_documents import event_documents
from correlator.elasticsearch.documents.json_columns import Texts
from correlator.elasticsearch.documents.log_texts import log_texts
from correlator.elasticsearch.documents.metric_texts import metric_texts
from correlator.elasticsearch.documents.record_texts import Records, ids
from correlator.elasticsearch.documents.span_texts import span_texts
from correlator.elasticsearch.names import Names
from correlator.model.tables import Tables

DEFAULT_NAMES: Final = Names()
SLICE_ROWS: Final = 4_096
SLICE_BYTES: Final = 64 * 2**20
"""Written together at most: each document repeats its sender, so that a short request may become long."""
_REPEATED: Final = ("resource_attributes", "resource_details", "scope_name", "scope_details")
_WRITERS: Final[dict[str, Callable[[Records], Texts]]] = {
    "traces": span_texts,
    "logs": log_texts,
    "metrics": metric_texts,
}


def blocks_of(tables: Tables, request: str, names: Names = DEFAULT_NAMES) -> Iterator[Block]:
    """A document for each record of one request, in the tables' order, and one among the logs for each span event.

    `request` names the request for good: the same one again gives the same ids, another one others. At most 480 bytes of
    printable ASCII. The tables' positions are not looked at. Nothing is parsed but span events, and attributes that name a join key.
    """
    keys = _join_keys(tables)
    for signal, table in zip(_WRITERS, (tables.spans, tables.logs, tables.metrics), strict=True):
        for some in _slices(table):
            records = Records.of(signal, request, names, some, keys[signal])
            yield Block(signal, ids(records), _WRITERS[signal](records))
            if signal == "traces" and some["events"].null_count < some.num_rows:
                with_events = some.filter(pc.is_valid(some["events"]))
                yield block_of("logs", event_documents(Records.of(signal, request, names, with_events, {})))


def documents_of(tables: Tables, request: str, names: Names = DEFAULT_NAMES) -> Iterator[Document]:
    """The same, one by one."""
    for block in blocks_of(tables, request, names):
        yield from block.documents()


def bulk_body(documents: Iterable[Document], names: Names = DEFAULT_NAMES) -> bytes:
    """The body of a bulk request that creates them: a line that says where, and the document's, in turn."""
    streams = {signal: f'{{"create":{{"_index":{quote(names.stream(signal))},"_id":' for signal in _WRITERS}
    lines: list[bytes] = []
    for signal, identifier, source in documents:
        lines += (f"{streams[signal]}{quote(identifier)}}}}}".encode(), source)
    return b"\n".join([*lines, b""])


def _join_keys(tables: Tables) -> dict[str, dict[int, list[str]]]:
    """By signal and row."""
    keys: dict[str, dict[int, list[str]]] = {signal: defaultdict(list) for signal in _WRITERS}
    keyed = join_keys(tables)
    for signal, row, key in zip(*(keyed[name].to_pylist() for name in ("signal", "row", "key")), strict=True):
        keys[signal][row].append(key)
    return keys


def _slices(table: pa.Table) -> Iterator[pa.Table]:
    if table.num_rows == 0:
        return
    longest = sum(_longest(table[name]) for name in _REPEATED)
    rows = max(1, min(SLICE_ROWS, SLICE_BYTES // (longest + 1)))
    for start in range(0, table.num_rows, rows):
        yield table.slice(start, rows)


def _longest(terms: pa.ChunkedArray) -> int:
    """Bytes of the longest text."""
    if terms.null_count == len(terms):
        return 0
    return pc.max(pc.binary_length(terms.unify_dictionaries().chunk(0).dictionary)).as_py() or 0
