"""The calls of one trace, as explaining walks them: up to a caller, down to what was still at work."""

from collections.abc import Iterator

from correlator import semconv
from correlator.correlate.causality import causality_of
from correlator.model.span import Span
from correlator.model.trace import Edge, Trace


class CallTree:
    """The spans of a trace by id, who called each, and whom each called."""

    def __init__(self, trace: Trace) -> None:
        causality = causality_of(trace)
        self.trace = trace
        self.reactions = causality.reactions
        self._spans = {span.span_id: span for span in trace.spans}
        self._callers = causality.callers
        self._joins = causality.joins
        self._callees: dict[str, list[Span]] = {}
        for span_id in causality.order:
            if span_id in causality.callers:
                self._callees.setdefault(causality.callers[span_id], []).append(self._spans[span_id])

    def span(self, span_id: str | None) -> Span | None:
        """The span of that id; None when it is not here."""
        return None if span_id is None else self._spans.get(span_id)

    def callers_of(self, span_id: str) -> Iterator[Span]:
        """The caller, its caller, and so on to the head of the trace."""
        caller = self._callers.get(span_id)
        while caller is not None:
            yield self._spans[caller]
            caller = self._callers.get(caller)

    def callees_of(self, span_id: str) -> tuple[Span, ...]:
        """The spans that this one called, callers first."""
        return tuple(self._callees.get(span_id, ()))

    def head_of(self, span_id: str) -> str:
        """The outermost caller's span id; its own where nobody is known to have called it."""
        head = span_id
        for caller in self.callers_of(span_id):
            head = caller.span_id
        return head

    def between(self, caller_id: str, callee_id: str) -> tuple[Span, ...] | None:
        """The spans strictly between the two, outermost first; None when the one did not lead to the other."""
        passed: list[Span] = []
        for caller in self.callers_of(callee_id):
            if caller.span_id == caller_id:
                return tuple(reversed(passed))
            passed.append(caller)
        return None

    def joins_between(self, caller_id: str, callee_id: str) -> tuple[Edge, ...]:
        """The joins of traces on the way between the two, outermost first; all up to the head where the one did not lead
        to the other."""
        joins: list[Edge] = []
        current: str | None = callee_id
        while current is not None and current != caller_id:
            joins += [self._joins[current]] if current in self._joins else []
            current = self._callers.get(current)
        return tuple(reversed(joins))

    def start_of(self, span: Span) -> int:
        """Start in unix nanoseconds on the trace's clock."""
        return self.trace.start_of(span)

    def end_of(self, span: Span) -> int:
        """End in unix nanoseconds on the trace's clock, never before its start."""
        return self.start_of(span) + span.duration_nano

    def deepest_at_work(self, span_id: str, time_unix_nano: int) -> Span | None:
        """Whom a span was waiting for at that time: callee of callee, the last started of each; None when for nobody."""
        deepest: Span | None = None
        while at_work := [
            callee
            for callee in self._workers_for(span_id)
            if self.start_of(callee) <= time_unix_nano <= self.end_of(callee)
        ]:
            deepest = max(at_work, key=lambda span: (self.start_of(span), span.span_id))
            span_id = deepest.span_id
        return deepest

    def _workers_for(self, span_id: str) -> Iterator[Span]:
        """The callees; for one that only queued a job and was done with it, whoever took the job."""
        for callee in self.callees_of(span_id):
            if callee.kind == semconv.KIND_PRODUCER:
                yield from self.callees_of(callee.span_id)
            yield callee

    def time_of(self, service_name: str, time_unix_nano: int) -> int:
        """A service's own time on the trace's clock."""
        return time_unix_nano + self.trace.clock_offset_nano.get(service_name, 0)
