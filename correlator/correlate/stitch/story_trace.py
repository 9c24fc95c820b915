"""One story as one trace."""

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from correlator.correlate.assemble import assemble
from correlator.correlate.stitch.span_aliases import SpanAliases
from correlator.model.precisions import Precisions
from correlator.model.rows import logs_of, spans_of
from correlator.model.span import LogRecord
from correlator.model.story import Story
from correlator.model.tables import Tables
from correlator.model.trace import Trace


def story_trace(story: Story, tables: Tables, precisions: Precisions) -> Trace:
    """The story's traces and loose logs in one Trace, whose trace id is the story's; `tables` may hold other traces too.

    The same records in any order, and however they repeat, give an equal Trace. A span id that two of the traces share is
    kept in the trace with the least id, and written as another in the others (see span_aliases); spans keep their trace
    ids. Of the story's edges those between spans that are here are added to the trace's own.
    """
    spans = spans_of(_of_traces(tables.spans, story.trace_ids))
    aliases = SpanAliases(spans)
    logs = [*logs_of(_of_traces(tables.logs, story.trace_ids)), *_loose_logs(tables.logs, story)]
    trace = assemble(
        story.story_id, [aliases.span(span) for span in spans], [aliases.log(log) for log in logs], precisions
    )
    known = {span.span_id for span in trace.spans}
    edges = [aliases.edge(edge) for edge in story.edges]
    return replace(
        trace,
        edges=(*trace.edges, *(edge for edge in edges if {edge.from_span_id, edge.to_span_id} <= known)),
        story_id=story.story_id,
        trace_ids=story.trace_ids,
        possible_edges=tuple(aliases.edge(edge) for edge in story.possible_edges),
    )


def _of_traces(records: pa.Table, trace_ids: Sequence[str]) -> pa.Table:
    wanted = pa.array([bytes.fromhex(trace_id) for trace_id in trace_ids], pa.binary(16))
    return records.filter(pc.is_in(records["trace_id"], value_set=wanted))


def _loose_logs(logs: pa.Table, story: Story) -> list[LogRecord]:
    """The records without a trace id that belong to the story."""
    if not story.logs:
        return []
    places = {(log.position, log.row) for log in story.logs}
    near = logs.filter(pc.is_in(logs["position"], value_set=pa.array(sorted({position for position, _ in places}))))
    return [log for log in logs_of(near) if (log.position, log.row) in places]
