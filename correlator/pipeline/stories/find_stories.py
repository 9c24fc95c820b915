"""Stories by what an engineer has in hand: an n8n execution, a job."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pyarrow.compute as pc

from correlator import semconv
from correlator.correlate.stitch import join_keys
from correlator.errors import InvalidInput
from correlator.model.span import LogRecord, Span
from correlator.model.story import StorySummary
from correlator.model.tables import Tables
from correlator.model.trace import Trace
from correlator.pipeline.stories.investigate import Investigator
from correlator.store.contract import Reader

RECORDS: Final = 1_000
"""Of an id, so many records are looked at, the first: execution ids are small numbers and come again in other n8ns."""
INT64_MAX: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class StoryQuery:
    """Which stories to find: those with this execution and this job, where given. At least one of the two is.

    A workflow id tells executions of several n8ns apart. Times are [start, end), unix nanoseconds; None: any.
    """

    execution_id: str | None = None
    workflow_id: str | None = None
    job_id: str | None = None
    start_unix_nano: int | None = None
    end_unix_nano: int | None = None
    limit: int = 100


class StoryFinder:
    """Finds stories in whatever the reader holds now. Safe from any thread."""

    def __init__(self, reader: Reader, investigator: Investigator) -> None:
        self._reader = reader
        self._investigator = investigator

    def find(self, query: StoryQuery) -> tuple[StorySummary, ...]:
        """The newest `limit` matching stories, newest start first. Raises InvalidInput where the query names no id."""
        keys = _keys(query)
        if not keys:
            raise InvalidInput("give execution_id or job_id: without one, /api/v1/traces lists what there is")
        start, end = query.start_unix_nano or 0, query.end_unix_nano or INT64_MAX
        found = self._reader.find_joined(keys[:1], start, end, RECORDS)
        stories: list[StorySummary] = []
        for trace in self._stories(found):
            if all(_carries(trace, key, query.workflow_id) for key in keys):
                stories.append(summary_of(trace))
            if len(stories) == query.limit:
                break
        return tuple(sorted(stories, key=lambda story: (-story.start_time_unix_nano, story.story_id)))

    def _stories(self, found: Tables) -> Iterator[Trace]:
        """Each story of these records once, the newest records first."""
        told: set[str] = set()
        for trace_id in _newest_first(found):
            if trace_id not in told and (trace := self._investigator.trace(trace_id)) is not None:
                told |= {trace_id, *trace.trace_ids}
                yield trace


def summary_of(trace: Trace) -> StorySummary:
    """A story in one line. `name`, `service_name` and `system` are those of its earliest span, or of its first log record."""
    records: list[Span | LogRecord] = [*trace.spans, *trace.logs]
    times = [(trace.start_of(span), trace.start_of(span) + span.duration_nano) for span in trace.spans]
    times += [(log.time_unix_nano, log.time_unix_nano) for log in trace.logs]
    return StorySummary(
        story_id=trace.story_id,
        trace_ids=trace.trace_ids,
        name=trace.spans[0].name if trace.spans else "",
        service_name=records[0].service_name,
        system=records[0].system,
        start_time_unix_nano=min(start for start, _ in times),
        end_time_unix_nano=max(end for _, end in times),
        spans=len(trace.spans),
        errors=sum(span.is_error for span in trace.spans),
        services=tuple(sorted({each.service_name for each in records})),
        execution_ids=_values(trace, semconv.N8N_EXECUTION_ID),
        job_ids=_values(trace, semconv.JOB_ID),
    )


def _keys(query: StoryQuery) -> list[str]:
    given = (("execution", query.execution_id), ("job", query.job_id))
    return [f"{kind}:{identifier}" for kind, identifier in given if identifier]


def _newest_first(found: Tables) -> list[str]:
    carried = join_keys(found)
    newest = (
        carried.filter(pc.is_valid(carried["trace_id"])).group_by("trace_id").aggregate([("time_unix_nano", "max")])
    )
    ordered = newest.sort_by([("time_unix_nano_max", "descending"), ("trace_id", "ascending")])
    return [trace_id.hex() for trace_id in ordered["trace_id"].to_pylist()]


def _carries(trace: Trace, key: str, workflow_id: str | None) -> bool:
    """Whether a story has a job; or an execution, of that workflow where one is asked for and the story tells of any."""
    kind, _, identifier = key.partition(":")
    if kind == "job":
        return identifier in (*_values(trace, semconv.JOB_ID), *_values(trace, semconv.MESSAGING_MESSAGE_ID))
    workflows = {
        str(bag[semconv.N8N_WORKFLOW_ID])
        for bag in _bags(trace)
        if str(bag.get(semconv.N8N_EXECUTION_ID)) == identifier and semconv.N8N_WORKFLOW_ID in bag
    }
    return workflow_id is None or not workflows or workflow_id in workflows


def _values(trace: Trace, name: str) -> tuple[str, ...]:
    """The values of an attribute, each once, in the order of the story."""
    return tuple(dict.fromkeys(str(bag[name]) for bag in _bags(trace) if bag.get(name)))


def _bags(trace: Trace) -> Iterator[Mapping[str, Any]]:
    yield from (span.attributes for span in trace.spans)
    yield from (log.attributes for log in trace.logs)
