"""Investigate: read a trace's story from the store, put it together, and say what failed first."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import pyarrow.compute as pc

from correlator.correlate.error_chain import error_chains
from correlator.correlate.stitch import story_trace
from correlator.errors import InvalidInput
from correlator.explain import explain_trace
from correlator.model.error_chain import ErrorChain
from correlator.model.finding import Finding
from correlator.model.precisions import UNMEASURED, Precisions
from correlator.model.story import Story
from correlator.model.tables import Tables
from correlator.model.trace import Trace
from correlator.pipeline.stories.story import StoryBounds, StoryReader, StoryRecords, of_traces
from correlator.store.contract import Reader

_TRACE_ID: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Investigation:
    """A story as it is known now, its errors and their explanation.

    `first_error_positions` are the log positions of the first error record of each of its traces that has one;
    `last_arrival_unix_nano` is when its newest record came in.
    """

    trace: Trace
    chains: Sequence[ErrorChain]
    finding: Finding
    first_error_positions: Mapping[str, int]
    last_arrival_unix_nano: int


class Investigator:
    """Answers for one trace and its story, from whatever the reader holds now. Safe from any thread.

    `with_patterns` adds to a finding the known ways of failing that fit its story.
    """

    def __init__(
        self,
        reader: Reader,
        precisions: Precisions = UNMEASURED,
        bounds: StoryBounds | None = None,
        with_patterns: Callable[[Trace, Finding], Finding] = lambda story, finding: finding,
    ) -> None:
        self._reader = reader
        self._with_patterns = with_patterns
        self._precisions = precisions
        self._stories = StoryReader(reader, precisions, bounds)

    def trace(self, trace_id: str, *, story: bool = True) -> Trace | None:
        """The trace of that id (32 hex digits) with its whole story, or alone; None when there is none.

        Raises InvalidInput on what is no trace id.
        """
        identifier = parse_trace_id(trace_id)
        if not story:
            return self._alone(identifier)
        records = self._stories.read(identifier)
        return None if records is None else self._told(identifier, records)

    def explain(self, trace_id: str) -> Finding | None:
        """Why it failed; None when there is no such trace. Raises InvalidInput on what is no trace id."""
        investigation = self.investigate(trace_id)
        return None if investigation is None else investigation.finding

    def investigate(self, trace_id: str) -> Investigation | None:
        """The story with all that was concluded on the way; None when there is no such trace. Raises InvalidInput."""
        identifier = parse_trace_id(trace_id)
        records = self._stories.read(identifier)
        if records is None:
            return None
        trace = self._told(identifier, records)
        chains = error_chains(trace)
        finding = self._with_patterns(trace, explain_trace(trace, chains))
        tables = of_traces(records.tables, records.story.trace_ids)
        return Investigation(
            trace=trace,
            chains=chains,
            finding=replace(finding, missing_signals=(*finding.missing_signals, *records.left_out)),
            first_error_positions=_first_error_positions(tables),
            last_arrival_unix_nano=_last_arrival(tables),
        )

    def _told(self, trace_id: bytes, records: StoryRecords) -> Trace:
        trace = story_trace(records.story, records.tables, self._precisions)
        return replace(_with_whole_edges(trace), trace_id=trace_id.hex(), left_out=records.left_out)

    def _alone(self, trace_id: bytes) -> Trace | None:
        tables, name = self._reader.read_trace(trace_id), trace_id.hex()
        if tables.num_rows == 0:
            return None
        return _with_whole_edges(story_trace(Story(name, (name,)), tables, self._precisions))


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


def _with_whole_edges(trace: Trace) -> Trace:
    """The trace whose edges all name the traces that they lead from and to."""
    traces = {span.span_id: span.trace_id for span in trace.spans}
    edges = (
        edge
        if edge.from_trace_id
        else replace(edge, from_trace_id=traces[edge.from_span_id], to_trace_id=traces[edge.to_span_id])
        for edge in trace.edges
    )
    return replace(trace, edges=tuple(edges))


def _first_error_positions(tables: Tables) -> dict[str, int]:
    first: dict[str, int] = {}
    for table in (tables.spans, tables.logs):
        for row in table.filter(table["is_error"]).select(("trace_id", "position")).to_pylist():
            trace_id = row["trace_id"].hex()
            first[trace_id] = min(first.get(trace_id, row["position"]), row["position"])
    return first


def _last_arrival(tables: Tables) -> int:
    arrivals = [pc.max(table.column("arrival_unix_nano")).as_py() for table in (tables.spans, tables.logs)]
    return int(max(arrival for arrival in arrivals if arrival is not None))
