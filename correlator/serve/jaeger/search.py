"""Which traces a search finds: those with one span of the service that satisfies all of it, newest start first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from correlator.model.rows import spans_of
from correlator.model.span import Span
from correlator.serve.jaeger.go_json import text_of
from correlator.serve.jaeger.spans import ERROR, log_fields, process_tags, span_tags
from correlator.serve.jaeger.traces import by_trace
from correlator.store.contract import Reader, TraceQuery, TraceSummary


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a search reads and answers. 20,000 spans are some 30 MB as JSON."""

    page: int = 100  # traces that are listed at a time
    looked_through: int = 2_000  # traces that a search by tags reads at most; all else the store compares itself
    max_spans: int = 20_000  # of an answer, and of what is read at a time; a larger trace comes alone


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for. Times are [start, end), unix nanoseconds; durations [min, max]; tags: key to value as text."""

    service_name: str
    start_unix_nano: int
    end_unix_nano: int
    limit: int
    operation: str | None = None
    min_duration_nano: int | None = None
    max_duration_nano: int | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """The spans of each trace, in the traces' order; `complaints` say what a bound left out."""

    traces: Mapping[str, list[Span]]
    complaints: tuple[str, ...] = ()


def find(reader: Reader, search: Search, bounds: Bounds | None = None) -> Found:
    """At most `limit` traces, within the bounds."""
    bounds = bounds or Bounds()
    found: dict[str, list[Span]] = {}
    spans = looked_at = 0
    for summaries, is_last in _pages(reader, search, bounds):
        for trace_id, trace in _read(reader, summaries).items():
            looked_at += 1
            if search.tags and not any(matches(span, search) for span in trace):
                continue
            if found and spans + len(trace) > bounds.max_spans:
                return Found(
                    found, (f"more than {bounds.max_spans} spans: later traces are left out; narrow the search",)
                )
            found[trace_id] = trace
            spans += len(trace)
            if len(found) == search.limit:
                return Found(found)
        if looked_at >= bounds.looked_through and not is_last:
            return Found(found, (f"only the newest {looked_at} traces were looked through; narrow the search",))
    return Found(found)


def matches(span: Span, search: Search) -> bool:
    """Whether this span satisfies all of it. A tag may be the span's, its process's or one of its events'."""
    return (
        span.service_name == search.service_name
        and search.start_unix_nano <= span.start_time_unix_nano < search.end_unix_nano
        and search.operation in (None, span.name)
        and (search.min_duration_nano is None or span.duration_nano >= search.min_duration_nano)
        and (search.max_duration_nano is None or span.duration_nano <= search.max_duration_nano)
        and _carries(span, search.tags)
    )


def _carries(span: Span, wanted: Mapping[str, str]) -> bool:
    """`error` asks for the engine's own judgement of the span, not for a tag."""
    if wanted.get(ERROR) in ("true", "false") and span.is_error is not (wanted[ERROR] == "true"):
        return False
    tags = [*span_tags(span), *process_tags(span), *(one for event in span.events for one in log_fields(event))]
    carried = {(one["key"], text_of(one["value"])) for one in tags}
    return all(item in carried for item in wanted.items() if item not in ((ERROR, "true"), (ERROR, "false")))


def _pages(reader: Reader, search: Search, bounds: Bounds) -> Iterator[tuple[list[TraceSummary], bool]]:
    """Candidates as the store lists them, as many as may be read at a time, and whether there are no more."""
    cursor: str | None = None
    while True:
        page = reader.find_traces(_query(search, bounds.page, cursor))
        cursor = page.next_cursor
        groups = list(_affordable(page.traces, bounds.max_spans))
        for number, group in enumerate(groups, 1):
            yield group, cursor is None and number == len(groups)
        if cursor is None:
            return


def _affordable(summaries: tuple[TraceSummary, ...], max_spans: int) -> Iterator[list[TraceSummary]]:
    """The same summaries in runs that together hold at most `max_spans` each, or a single trace."""
    run: list[TraceSummary] = []
    for summary in summaries:
        if run and sum(each.spans for each in run) + summary.spans > max_spans:
            yield run
            run = []
        run.append(summary)
    if run:
        yield run


def _query(search: Search, page: int, cursor: str | None) -> TraceQuery:
    return TraceQuery(
        service_name=search.service_name,
        error=True if search.tags.get(ERROR) == "true" else None,
        start_unix_nano=search.start_unix_nano,
        end_unix_nano=search.end_unix_nano,
        limit=page if search.tags else min(search.limit, page),
        cursor=cursor,
        span_name=search.operation,
        min_duration_nano=search.min_duration_nano,
        max_duration_nano=search.max_duration_nano,
    )


def _read(reader: Reader, summaries: list[TraceSummary]) -> dict[str, list[Span]]:
    """The traces in the summaries' order; one that retention has just taken is not there."""
    tables = reader.read_traces([bytes.fromhex(summary.trace_id) for summary in summaries])
    traces = by_trace(spans_of(tables.spans))
    return {summary.trace_id: traces[summary.trace_id] for summary in summaries if summary.trace_id in traces}
