"""The traces that share a key with others, ready for the rules: who is whose child, and which executions there are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from heapq import merge
from operator import attrgetter

from correlator import semconv
from correlator.correlate.stitch.executions import Execution, executions_of
from correlator.correlate.stitch.facts import Facts, Place


class Scene:
    """All spans of some traces, the log records that carry keys, and of those the `loose` ones, which have no trace id.

    Everything is in an order of its own, so that rules give the same answer whatever order the records came in: `spans`,
    `kept`, those that a trace is put together from, `linking`, those of them that link to others, and `naming`, the kept
    spans and log records that name an execution or a job, by time. A node that both n8n and another have told of is kept as n8n told it, though only the other may know
    what it carried.
    """

    def __init__(self, spans: Sequence[Facts], logs: Sequence[Facts]) -> None:
        self.spans = spans
        self.kept = _kept(spans)
        self.loose = [log for log in logs if not log.trace_id]
        traced_logs = [log for log in logs if log.trace_id]
        self.linking = [span for span in self.kept if span.links]
        in_order = merge(filter(_names_work, self.kept), filter(_names_work, traced_logs), key=attrgetter("order"))
        self.naming = list(in_order)
        of_spans = {span.trace_id for span in spans}
        self.traces = frozenset(of_spans.union(log.trace_id for log in traced_logs))
        self.executions: Mapping[str, Sequence[Execution]] = executions_of(self.kept)
        self._by_place = {span.place: span for span in self.kept}
        self._children: dict[Place, list[Facts]] = defaultdict(list)
        self._heads: dict[str, Place] = {}
        for span in self.kept:
            self._children[span.parent].append(span)
            if span.parent not in self._by_place:
                self._heads.setdefault(span.trace_id, span.place)
        if len(self._heads) < len(of_spans):  # parents of some traces go round in circles
            for span in self.kept:
                self._heads.setdefault(span.trace_id, span.place)

    def span(self, place: Place) -> Facts | None:
        return self._by_place.get(place)

    def children(self, span: Facts) -> Sequence[Facts]:
        """By time."""
        return self._children.get(span.place, ())

    def head_of(self, record: Facts) -> Place:
        """The outermost span above a record: who would have to have been called from another trace.

        For a log record whose span is not here, the first head of its trace, or nothing but the trace.
        """
        span = self._by_place.get(record.place)
        if span is None:
            return self.head_of_trace(record.trace_id)
        seen = {span.place}
        while (above := self._by_place.get(span.parent)) and above.place not in seen:
            span = above
            seen.add(span.place)
        return span.place

    def head_of_trace(self, trace_id: str) -> Place:
        """Its first head; nothing but the trace where no span of it is here."""
        return self._heads.get(trace_id, Place(trace_id, ""))

    def start_of(self, record: Facts) -> int:
        """When the head of a record started; the record's own time where there is none."""
        head = self._by_place.get(self.head_of(record))
        return record.start if head is None else head.start

    def is_head(self, span: Facts) -> bool:
        return span.place in self._by_place and span.parent not in self._by_place


def _kept(spans: Sequence[Facts]) -> Sequence[Facts]:
    """As correlate.retold has it."""
    retold = [span for span in spans if span.is_retold and span.name == semconv.N8N_NODE_SPAN]
    if not retold:
        return spans
    own = {_node(span) for span in spans if not span.is_retold and span.name == semconv.N8N_NODE_SPAN}
    dropped = {span.place for span in retold if _node(span) in own}
    return [span for span in spans if span.place not in dropped]


def _node(span: Facts) -> tuple[Place, str]:
    return span.parent, str(span.attributes.node_name)


def _names_work(record: Facts) -> bool:
    attributes = record.attributes
    return bool(record.execution_id or record.job_id or attributes.retry_of or attributes.parent_id)
