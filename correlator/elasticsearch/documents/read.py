"""Documents to tables."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import pyarrow as pa

from correlator.elasticsearch.documents.hit import Hit
from correlator.elasticsearch.documents.rows import Row, log_row, metric_row, span_row
from correlator.elasticsearch.documents.source import Source, read_source
from correlator.model.tables import NONE_OF, SCHEMAS, Tables

_ROWS: Final[dict[str, Callable[[Source], Row]]] = {"traces": span_row, "logs": log_row, "metrics": metric_row}


def tables_of(hits: Iterable[Hit]) -> Tables:
    """Exactly the records that documents_of was given for these documents, in the order of the hits; their position is 0.

    Span events are in their spans, and are no log records: their documents are left out, as are documents of others.
    """
    sources = [source for hit in hits if (source := read_source(hit.source)) is not None and not source.is_event]
    return Tables(*(_table(signal, [each for each in sources if each.data_stream.type == signal]) for signal in _ROWS))


def _table(signal: str, sources: Sequence[Source]) -> pa.Table:
    if not sources:
        return NONE_OF[signal]
    schema, columns = SCHEMAS[signal], zip(*map(_ROWS[signal], sources), strict=True)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
