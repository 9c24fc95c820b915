"""Rule: a trace whose records name an execution of n8n is of that execution's story.

The bridge reads the id from x-n8n-execution-id and its telemetry carries it on, so that it is seen where traceparent was
lost. The record must lie between the execution's start and some time after its end, and workflow and instance must agree
where both are known. The caller is the HTTP Request node that ran then, else the workflow. Two workflow spans of one
execution in different traces are joined too. Where no workflow span is here, records that name execution and workflow
alike are joined with each other.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from correlator import semconv
from correlator.correlate.stitch.caller import HTTP_REQUEST, calling_span, paths_of
from correlator.correlate.stitch.claims import Claim
from correlator.correlate.stitch.executions import Execution
from correlator.correlate.stitch.facts import Facts, Place
from correlator.correlate.stitch.plausible import CLOCK_SLACK_NANO, EXECUTION_WINDOW_NANO, agree, within
from correlator.correlate.stitch.scene import Scene
from correlator.model.trace import EXECUTION_ID


def execution_id_claims(scene: Scene) -> Iterator[Claim]:
    """One for each trace and execution that it names, and for each execution whose workflow spans are in several."""
    for record in _mentions(scene):
        executions = _executions_for(scene, record)
        yield Claim(EXECUTION_ID, scene.head_of(record), [_caller(scene, it, record) for it in reversed(executions)])
    for executions in scene.executions.values():
        for later in executions:
            earlier = [it for it in executions if it.order < later.order and _is_same(it, later)]
            callers = [it.span_at(later.start).place for it in reversed(earlier)]
            yield Claim(EXECUTION_ID, later.spans[0].place, callers)


def execution_id_siblings(scene: Scene) -> Iterator[Claim]:
    """Traces that name one execution of one workflow, of which no workflow span is here: each is joined to the one before."""
    naming: dict[tuple[str, str], list[Facts]] = defaultdict(list)
    for record in _mentions(scene):
        if record.workflow_id and not _executions_for(scene, record):
            naming[record.execution_id, record.workflow_id].append(record)
    for records in naming.values():
        for before, record in pairwise(records):
            if record.start - before.start <= EXECUTION_WINDOW_NANO:
                yield Claim(EXECUTION_ID, scene.head_of(record), (scene.head_of(before),))


def mentions_fit(execution: Execution, record: Facts) -> bool:
    """Whether a record that names the execution's id can mean this execution."""
    return (
        agree(execution.workflow_id, record.workflow_id)
        and agree(execution.instance_id, record.instance_id)
        and within(record.start, execution.start, execution.end, after=EXECUTION_WINDOW_NANO)
    )


def _mentions(scene: Scene) -> Iterator[Facts]:
    """The first record of each trace that names an execution and workflow which are not the trace's own, by time."""
    seen = set()
    for record in scene.naming:
        if not record.execution_id or record.name == semconv.N8N_WORKFLOW_SPAN:
            continue
        named = record.trace_id, record.execution_id, record.workflow_id
        if named not in seen:
            seen.add(named)
            if not any(_is_own(it, record) for it in scene.executions.get(record.execution_id, ())):
                yield record


def _is_own(execution: Execution, record: Facts) -> bool:
    return execution.trace_id == record.trace_id and agree(execution.workflow_id, record.workflow_id)


def _executions_for(scene: Scene, record: Facts) -> Sequence[Execution]:
    """Those of other traces that the record can mean, by start."""
    named = scene.executions.get(record.execution_id, ())
    return [it for it in named if it.trace_id != record.trace_id and mentions_fit(it, record)]


def _caller(scene: Scene, execution: Execution, record: Facts) -> Place:
    paths = paths_of(scene.span(scene.head_of(record)))
    return calling_span(scene, execution, scene.start_of(record), node_type=HTTP_REQUEST, paths=paths)


def _is_same(earlier: Execution, later: Execution) -> bool:
    """Whether two traces tell of one execution: main and worker of queue mode, or before and after it waited."""
    return (
        earlier.trace_id != later.trace_id
        and bool(later.workflow_id)
        and earlier.workflow_id == later.workflow_id
        and agree(earlier.instance_id, later.instance_id)
        and within(later.start, earlier.start, earlier.end, before=CLOCK_SLACK_NANO, after=EXECUTION_WINDOW_NANO)
    )
