"""Which span was running when a log record without a span id was written."""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence

from correlator.model.span import LogRecord, Span


def running_spans(logs: Sequence[LogRecord], spans: Iterable[Span]) -> list[Span | None]:
    """For each log a failing span, else any span, of its service that was running; of several the last started.

    Ties by span id; None where none was running. One pass over both in the order of time: a trace may have tens of
    thousands of each.
    """
    of_service: dict[str, list[Span]] = defaultdict(list)
    for span in sorted(spans, key=lambda span: (span.start_time_unix_nano, span.span_id)):
        of_service[span.service_name].append(span)
    services = {name: _Service(by_start) for name, by_start in of_service.items()}
    running: list[Span | None] = [None] * len(logs)
    for index in sorted(range(len(logs)), key=lambda index: logs[index].time_unix_nano):
        if service := services.get(logs[index].service_name):
            running[index] = service.running_at(logs[index].time_unix_nano)
    return running


class _Service:
    """A service's spans as time goes on. What has ended is dropped as soon as it is on top, for it never runs again."""

    def __init__(self, by_start: Iterable[Span]) -> None:
        self._to_come = deque(by_start)
        self._failing: list[Span] = []  # that have started, the last on top
        self._well: list[Span] = []

    def running_at(self, time_unix_nano: int) -> Span | None:
        """`time_unix_nano` is never less than it was in the call before."""
        while self._to_come and self._to_come[0].start_time_unix_nano <= time_unix_nano:
            span = self._to_come.popleft()
            (self._failing if span.is_error else self._well).append(span)
        return _last_running(self._failing, time_unix_nano) or _last_running(self._well, time_unix_nano)


def _last_running(started: list[Span], time_unix_nano: int) -> Span | None:
    while started and started[-1].end_time_unix_nano < time_unix_nano:
        started.pop()
    return started[-1] if started else None
