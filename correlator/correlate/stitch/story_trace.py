"""One story as one trace."""

from dataclasses import replace

from correlator.correlate.assemble import assemble
from correlator.model.precisions import Precisions
from correlator.model.rows import logs_of, spans_of
from correlator.model.story import Story
from correlator.model.tables import Tables
from correlator.model.trace import Trace


def story_trace(story: Story, tables: Tables, precisions: Precisions) -> Trace:
    """The story's traces and loose logs in one Trace, whose trace id is the story's; `tables` may hold other traces too."""
    spans = [span for span in spans_of(tables.spans) if span.trace_id in story.trace_ids]
    logs = [log for log in logs_of(tables.logs) if log.trace_id in story.trace_ids]
    trace = assemble(story.story_id, spans, logs, precisions)
    return replace(trace, story_id=story.story_id, trace_ids=story.trace_ids)
