"""Which span was running at a time: when a log record was written, or a sub-workflow started.

One pass over both in the order of time: a trace may have tens of thousands of each.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence

from correlator.model.span import LogRecord, Span


def running_spans(logs: Sequence[LogRecord], spans: Iterable[Span]) -> list[Span | None]:
    """For each log a failing span, else any span, of its service that was running; of several the last started.

    Ties by span id; None where none was running.
    """
    of_service: dict[str, list[Span]] = defaultdict(list)
    for span in spans:
        of_service[span.service_name].append(span)
    services = {name: _Service(of) for name, of in of_service.items()}
    running: list[Span | None] = [None] * len(logs)
    for index in sorted(range(len(logs)), key=lambda index: logs[index].time_unix_nano):
        if service := services.get(logs[index].service_name):
            running[index] = service.running_at(logs[index].time_unix_nano)
    return running


class LastStarted:
    """Spans as time goes on. One that has ended is dropped once it is on top, for it never runs again."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._to_come = deque(sorted(spans, key=lambda span: (span.start_time_unix_nano, span.span_id)))
        self._started: list[Span] = []  # the last on top

    def running_at(self, time_unix_nano: int) -> Span | None:
        """The last started of those that run then. `time_unix_nano` is never less than in the call before."""
        while self._to_come and self._to_come[0].start_time_unix_nano <= time_unix_nano:
            self._started.append(self._to_come.popleft())
        while self._started and self._started[-1].end_time_unix_nano < time_unix_nano:
            self._started.pop()
        return self._started[-1] if self._started else None


class _Service:
    """A service's spans, failing ones before others."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._failing = LastStarted(span for span in spans if span.is_error)
        self._well = LastStarted(span for span in spans if not span.is_error)

    def running_at(self, time_unix_nano: int) -> Span | None:
        return self._failing.running_at(time_unix_nano) or self._well.running_at(time_unix_nano)
