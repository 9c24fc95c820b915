"""Investigate: read one trace from the store, put it together, and say what failed first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow.compute as pc

from correlator.correlate.assemble import assemble
from correlator.correlate.error_chain import error_chains
from correlator.errors import InvalidInput
from correlator.explain import explain_trace
from correlator.model.error_chain import ErrorChain
from correlator.model.finding import Finding
from correlator.model.rows import logs_of, spans_of
from correlator.model.tables import Tables
from correlator.model.trace import Trace
from correlator.store.contract import Reader

_TRACE_ID: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Investigation:
    """A trace as it is known now, its errors and their explanation.

    `first_error_position` is the log position of its first error record, None where it has none; `last_arrival_unix_nano`
    is when its newest record came in.
    """

    trace: Trace
    chains: Sequence[ErrorChain]
    finding: Finding
    first_error_position: int | None
    last_arrival_unix_nano: int


class Investigator:
    """Answers for one trace at a time, from whatever the reader holds now. Safe from any thread."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def trace(self, trace_id: str) -> Trace | None:
        """The trace of that id (32 hex digits); None when there is none. Raises InvalidInput on what is no trace id."""
        tables = self._reader.read_trace(parse_trace_id(trace_id))
        return None if tables.num_rows == 0 else _assembled(trace_id, tables)

    def explain(self, trace_id: str) -> Finding | None:
        """Why it failed; None when there is no such trace. Raises InvalidInput on what is no trace id."""
        investigation = self.investigate(trace_id)
        return None if investigation is None else investigation.finding

    def investigate(self, trace_id: str) -> Investigation | None:
        """The trace with all that was concluded on the way; None when there is no such trace. Raises InvalidInput."""
        tables = self._reader.read_trace(parse_trace_id(trace_id))
        if tables.num_rows == 0:
            return None
        trace = _assembled(trace_id, tables)
        chains = error_chains(trace)
        return Investigation(
            trace=trace,
            chains=chains,
            finding=explain_trace(trace, chains),
            first_error_position=_first_error_position(tables),
            last_arrival_unix_nano=_last_arrival(tables),
        )


def parse_trace_id(text: str) -> bytes:
    """The 16 bytes of a trace id in hex, of either case. Raises InvalidInput."""
    digits = text.strip().lower()
    if _TRACE_ID.fullmatch(digits) is None:
        raise InvalidInput(
            f"trace id {text[:64]!r} is not 32 hex digits; take it from the API, a log's trace.id or a traceparent"
        )
    if not digits.strip("0"):
        raise InvalidInput("trace id 0 is reserved by W3C Trace Context; give the id of a trace")
    return bytes.fromhex(digits)


def _assembled(trace_id: str, tables: Tables) -> Trace:
    return assemble(trace_id.strip().lower(), spans_of(tables.spans), logs_of(tables.logs))


def _first_error_position(tables: Tables) -> int | None:
    positions = [
        pc.min(table.filter(table.column("is_error")).column("position")).as_py()
        for table in (tables.spans, tables.logs)
    ]
    return min((position for position in positions if position is not None), default=None)


def _last_arrival(tables: Tables) -> int:
    arrivals = [pc.max(table.column("arrival_unix_nano")).as_py() for table in (tables.spans, tables.logs)]
    return int(max(arrival for arrival in arrivals if arrival is not None))
