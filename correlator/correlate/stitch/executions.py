"""The executions of n8n that some spans tell of."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from correlator import semconv
from correlator.correlate.stitch.facts import Facts, Place


class Execution(msgspec.Struct, frozen=True, gc=False):
    """One execution in one trace. `spans` are its workflow spans, by time: n8n sends two in queue mode, and one for each
    part of an execution that waits. `start` and `end` hold all of them, unix nanoseconds."""

    execution_id: str
    trace_id: str
    workflow_id: str
    instance_id: str
    start: int
    end: int
    spans: tuple[Facts, ...]

    @property
    def order(self) -> tuple[int, Place]:
        return self.start, self.spans[0].place

    def span_at(self, time: int) -> Facts:
        """The workflow span that had last started then; the first where none had."""
        started = [span for span in self.spans if span.start <= time]
        return started[-1] if started else self.spans[0]


def executions_of(spans: Iterable[Facts]) -> dict[str, list[Execution]]:
    """By execution id, in the order of their starts. `spans` are ordered by time."""
    told: dict[tuple[str, str, str, str], list[Facts]] = defaultdict(list)
    for span in spans:
        if span.name == semconv.N8N_WORKFLOW_SPAN and span.execution_id:
            told[span.execution_id, span.trace_id, span.workflow_id, span.instance_id].append(span)
    executions: dict[str, list[Execution]] = defaultdict(list)
    for (execution_id, trace_id, workflow_id, instance_id), its in told.items():
        executions[execution_id].append(_execution(execution_id, trace_id, workflow_id, instance_id, its))
    return {execution_id: sorted(each, key=lambda it: it.order) for execution_id, each in executions.items()}


def _execution(
    execution_id: str, trace_id: str, workflow_id: str, instance_id: str, spans: Sequence[Facts]
) -> Execution:
    end = max(span.end for span in spans)
    return Execution(execution_id, trace_id, workflow_id, instance_id, spans[0].start, end, tuple(spans))
