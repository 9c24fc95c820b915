"""The records of one request, row by row: kept, or counted as rejected."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from correlator.doors.otlp_decode.attribute_texts import AttributeTexts
from correlator.doors.otlp_decode.columns import constant, table
from correlator.doors.otlp_decode.logs import log_columns, log_row, log_senders
from correlator.doors.otlp_decode.metrics import point_columns, point_row, points
from correlator.doors.otlp_decode.rejections import Rejections, Unfit
from correlator.doors.otlp_decode.senders import Sender, Senders, SystemOf, one_sender, sender_of
from correlator.doors.otlp_decode.spans import span_columns, span_row
from correlator.model.tables import LOGS, METRICS, SPANS, Tables

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Signal:
    """Where requests of one signal keep their records, and how these become rows."""

    table: str  # field of Tables
    schema: pa.Schema
    resources: str  # field of the request
    scopes: str  # field of each of those
    records: Callable[[Any], Iterable[Any]]  # of a scope
    row: Callable[[Any, AttributeTexts], Row]  # raises Unfit
    columns: Callable[[list[Row]], dict[str, pa.Array]]
    senders: Callable[[list[Row], Sender], Iterable[tuple[Sender, int]]] = one_sender  # of a scope's rows, how many


SIGNALS: Final = {
    "traces": Signal("spans", SPANS, "resource_spans", "scope_spans", lambda it: it.spans, span_row, span_columns),
    "logs": Signal(
        "logs", LOGS, "resource_logs", "scope_logs", lambda it: it.log_records, log_row, log_columns, log_senders
    ),
    "metrics": Signal("metrics", METRICS, "resource_metrics", "scope_metrics", points, point_row, point_columns),
}


class Batch:
    """Reads one request of a signal; then gives its tables and rejections.

    `has_gaps` says that some of the request was not looked at, because a record or a resource broke a limit before.
    """

    def __init__(self, signal: Signal, texts: AttributeTexts, system_of: SystemOf) -> None:
        self.rejections = Rejections()
        self.has_gaps = False
        self._signal = signal
        self._texts = texts
        self._senders = Senders(system_of)
        self._rows: list[Row] = []

    def read(self, request: Any) -> None:
        """Take in all records of a request, of either encoding."""
        for index, resource in enumerate(getattr(request, self._signal.resources)):
            self._read_resource(resource, f"resource {index}")

    def tables(self, arrival_unix_nano: int) -> Tables:
        """The records that were kept, at position 0."""
        count = len(self._rows)
        if not count:
            return Tables()
        origin = {
            "position": constant(0, pa.int64(), count),
            "row": pa.array(np.arange(count, dtype=np.int32)),
            "arrival_unix_nano": constant(arrival_unix_nano, pa.int64(), count),
        }
        columns = origin | self._signal.columns(self._rows) | self._senders.columns()
        if self._signal.schema is SPANS:
            columns["marks"] = self._senders.marked(columns["marks"])
        return Tables(**{self._signal.table: table(self._signal.schema, columns)})

    def _read_resource(self, resource: Any, place: str) -> None:
        scopes = getattr(resource, self._signal.scopes)
        try:
            attributes = self._texts.text(resource.resource.attributes)
        except Unfit as unfit:
            self._reject_all(scopes, unfit, place)
            return
        for index, scope in enumerate(scopes):
            sender = sender_of(resource, attributes, scope, self._texts)
            self._read_scope(scope, sender, f"{place}, scope {index}")

    def _read_scope(self, scope: Any, sender: Sender, place: str) -> None:
        row, rows, texts = self._signal.row, self._rows, self._texts
        already = len(rows)
        for index, record in enumerate(self._signal.records(scope)):
            try:
                rows.append(row(record, texts))
            except Unfit as unfit:
                self.has_gaps = True
                self.rejections.add(unfit, f"{place}, record {index}")
        for completed, count in self._signal.senders(rows[already:], sender):
            self._senders.add(completed, count)

    def _reject_all(self, scopes: Any, unfit: Unfit, place: str) -> None:
        self.has_gaps = True
        count = sum(1 for scope in scopes for _ in self._signal.records(scope))
        if count:
            self.rejections.add(unfit, place, count)
