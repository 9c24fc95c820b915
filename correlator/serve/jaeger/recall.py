"""What the store, and the investigator for stories, know of what is asked; without times, of as long as Jaeger looks back."""

from collections.abc import Callable
from typing import Any, Final

from correlator.model.rows import spans_of
from correlator.pipeline.stories.investigate import Investigator
from correlator.serve.jaeger.dependencies import calls_between
from correlator.serve.jaeger.search import Found, Search, find
from correlator.serve.jaeger.stories import story_of
from correlator.serve.jaeger.traces import by_trace, trace_of
from correlator.serve.parameters import INT64_MAX
from correlator.store.contract import Operation, Reader

HOUR_NANO: Final = 3_600 * 10**9
KNOWN_FOR_NANO: Final = 7 * 24 * HOUR_NANO
"""Services and operations are those of a week: the questions have no times, and Jaeger's stores forget theirs as well."""
SEARCHED_NANO: Final = 48 * HOUR_NANO
COUNTED_NANO: Final = 24 * HOUR_NANO
"""Jaeger's defaults: defaultTraceQueryLookbackDuration and defaultDependencyLookbackDuration of its query service."""
MOST_OPERATIONS: Final = 10_000


class Recall:
    """With `tells_stories` a trace by id is its whole story."""

    def __init__(
        self, reader: Reader, investigator: Investigator, clock_unix_nano: Callable[[], int], *, tells_stories: bool
    ) -> None:
        self._reader = reader
        self._investigator = investigator
        self._clock_unix_nano = clock_unix_nano
        self._tells_stories = tells_stories

    def services(self) -> tuple[str, ...]:
        """The names of those with spans, in order."""
        return self._reader.services(self._known_since(), INT64_MAX)

    def operations(self, service: str) -> tuple[Operation, ...]:
        """What a service did, by name and kind."""
        return self._reader.operations(service, self._known_since(), INT64_MAX, MOST_OPERATIONS)

    def searched(self, start_unix_nano: int | None, end_unix_nano: int | None) -> tuple[int, int]:
        """[start, end) of a search from the one to the other, both included."""
        now = self._clock_unix_nano()
        start = now - SEARCHED_NANO if start_unix_nano is None else start_unix_nano
        end = now if end_unix_nano is None else end_unix_nano
        return start, min(INT64_MAX, end + 1)

    def search(self, search: Search) -> Found:
        """The traces that it finds."""
        return find(self._reader, search)

    def trace(self, trace_id: bytes) -> dict[str, Any] | None:
        """The trace, or its story; None where it has no spans."""
        spans = spans_of(self._reader.read_trace(trace_id).spans)
        if not spans:
            return None
        story = self._investigator.trace(trace_id.hex()) if self._tells_stories else None
        return trace_of(trace_id.hex(), spans) if story is None else story_of(story)

    def by_ids(self, trace_ids: list[bytes]) -> Found:
        """Those of the traces that there are; of the others, that there are none."""
        traces = by_trace(spans_of(self._reader.read_traces(trace_ids).spans))
        wanted = dict.fromkeys(one.hex() for one in trace_ids)
        found = {one: traces[one] for one in wanted if one in traces}
        return Found(found, tuple(f"no trace {one}" for one in wanted if one not in traces))

    def calls(self, end_unix_nano: int | None, lookback_nano: int | None, service: str) -> list[dict[str, Any]]:
        """Between services, in the time before `end`; of or by `service` alone, unless that is empty."""
        end = self._clock_unix_nano() if end_unix_nano is None else end_unix_nano
        start = end - (COUNTED_NANO if lookback_nano is None else lookback_nano)
        return calls_between(self._reader.service_graph(max(0, start), end), service)

    def _known_since(self) -> int:
        return max(0, self._clock_unix_nano() - KNOWN_FOR_NANO)
