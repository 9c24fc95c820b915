"""Propagation coverage of a span of time: read a bounded sample of stories, count the calls whose context arrived.

A sample is at most MAX_TRACES traces with MAX_SPANS spans in all, and as many traces again that belong to their stories. Where a
time has more, it is cut into SLOTS of equal length, and of each the newest traces are taken, so that a rare hour counts like a
busy one. They are neighbours in time, as the traces of a broken story are, so that broken stories do not count for more.
"""

from collections.abc import Callable, Iterable
from itertools import pairwise
from threading import Event
from typing import Final

import structlog

from correlator.correlate.propagation import hops_of
from correlator.correlate.stitch import stitch
from correlator.model.precisions import UNMEASURED
from correlator.model.propagation import Propagation
from correlator.model.rows import spans_of
from correlator.model.tables import Tables
from correlator.pipeline.stories.story import StoryBounds, StorySearch
from correlator.store.contract import Reader, TraceQuery, TraceSummary
from correlator.telemetry.metrics import EngineMetrics

log = structlog.get_logger()

MAX_TRACES: Final = 400
MAX_SPANS: Final = 20_000
SLOTS: Final = 8
SHOWN_S: Final = 900.0
"""What /metrics shows is of the last quarter of an hour, so that a setting that was mended shows within it."""
INTERVAL_S: Final = 60.0


class PropagationReader:
    """Counts from whatever the reader holds now. Safe from any thread."""

    def __init__(
        self,
        reader: Reader,
        bounds: StoryBounds | None = None,
        *,
        max_traces: int = MAX_TRACES,
        max_spans: int = MAX_SPANS,
    ) -> None:
        self._reader = reader
        self._bounds = bounds or StoryBounds()
        self._max_traces = max_traces
        self._max_spans = max_spans

    def read(self, start_unix_nano: int, end_unix_nano: int) -> Propagation:
        """The hops of the traces with a span that starts in [start, end), or of a sample of them."""
        end = max(start_unix_nano, end_unix_nano)
        page = self._reader.find_traces(self._query(start_unix_nano, end, self._max_traces))
        listed, is_sampled = self._affordable(page.traces, self._max_spans), page.next_cursor is not None
        if is_sampled:
            listed = [each for slot in self._slots(start_unix_nano, end) for each in slot]
        tables = self._stories_of(dict.fromkeys(bytes.fromhex(each.trace_id) for each in listed))
        edges = [edge for story in stitch(tables, UNMEASURED) for edge in story.edges]
        spans = tables.spans
        return Propagation(
            start_unix_nano=start_unix_nano,
            end_unix_nano=end,
            spans=spans.num_rows,
            is_sampled=is_sampled or len(listed) < len(page.traces),
            hops=hops_of(spans_of(spans), edges),
        )

    def _slots(self, start: int, end: int) -> Iterable[list[TraceSummary]]:
        """The newest traces of each slot, within its share of both bounds."""
        for first, last in pairwise(start + (end - start) * slot // SLOTS for slot in range(SLOTS + 1)):
            page = self._reader.find_traces(self._query(first, last, max(1, self._max_traces // SLOTS)))
            yield self._affordable(page.traces, self._max_spans // SLOTS)

    def _affordable(self, traces: Iterable[TraceSummary], max_spans: int) -> list[TraceSummary]:
        """The traces that fit, in their order; one that is too large for what is left is passed over."""
        fitting: list[TraceSummary] = []
        for trace in traces:
            if trace.spans <= max_spans:
                max_spans -= trace.spans
                fitting.append(trace)
        return fitting

    def _stories_of(self, trace_ids: Iterable[bytes]) -> Tables:
        search = StorySearch(self._reader, self._bounds, max_traces=2 * self._max_traces)
        search.add_traces(list(trace_ids))
        search.follow_ids()
        search.look_for_payloads()
        return search.tables

    def _query(self, start: int, end: int, limit: int) -> TraceQuery:
        return TraceQuery(start_unix_nano=start, end_unix_nano=end, limit=limit)


class PropagationGauge:
    """Shows the last quarter of an hour on /metrics, from a thread of its own: a scrape never waits for it."""

    def __init__(self, reader: PropagationReader, metrics: EngineMetrics, clock_unix_nano: Callable[[], int]) -> None:
        self._reader = reader
        self._metrics = metrics
        self._clock = clock_unix_nano

    def run(self, stop: Event, interval_s: float = INTERVAL_S) -> None:
        """Look once every `interval_s` until `stop` is set. An error ends one look, never the loop."""
        while not stop.is_set():
            try:
                self.show()
            except Exception:
                log.exception("propagation_not_counted")
            stop.wait(interval_s)

    def show(self) -> None:
        """Count and set the gauges. A hop without a call has no ratio."""
        now = self._clock()
        for hop in self._reader.read(now - int(SHOWN_S * 1e9), now).hops:
            joined = sum(hop.joined_by.values())
            for context, calls in (("arrived", hop.arrived), ("joined", joined), ("lost", hop.not_joined)):
                self._metrics.propagation_calls.labels(hop.hop, context).set(calls)
            if hop.share is not None:
                self._metrics.propagation_coverage.labels(hop.hop).set(hop.share)
            else:
                self._metrics.propagation_coverage.remove_by_labels({"hop": hop.hop})
