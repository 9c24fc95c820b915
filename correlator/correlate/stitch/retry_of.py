"""Rule: an execution that n8n says retries another (n8n.execution.retry_of) is of its story, though no callee of it.

A retry is a new execution of the same workflow in a new trace, begun after the first has failed. Where the first is not
here, its retries are joined with each other.
"""

from collections import defaultdict
from collections.abc import Iterator

from correlator.correlate.stitch.claims import Claim
from correlator.correlate.stitch.executions import Execution
from correlator.correlate.stitch.facts import Facts
from correlator.correlate.stitch.key_attributes import id_text
from correlator.correlate.stitch.plausible import CLOCK_SLACK_NANO, RETRY_WINDOW_NANO, agree, within
from correlator.correlate.stitch.scene import Scene
from correlator.model.trace import RETRY_OF


def retry_of_claims(scene: Scene) -> Iterator[Claim]:
    """One for each record that names the execution that it retries."""
    for record, first_id in _retries(scene):
        firsts = [it for it in scene.executions.get(first_id, ()) if _can_be_retried(it, record)]
        yield Claim(RETRY_OF, scene.head_of(record), [it.span_at(record.start).place for it in reversed(firsts)])


def retry_of_siblings(scene: Scene) -> Iterator[Claim]:
    """Retries of one execution that is not here: the later is joined to the first."""
    retries: dict[tuple[str, str, str], list[Facts]] = defaultdict(list)
    for record, first_id in _retries(scene):
        if record.workflow_id and not any(_can_be_retried(it, record) for it in scene.executions.get(first_id, ())):
            retries[first_id, record.workflow_id, record.instance_id].append(record)
    for first, *later in retries.values():
        for record in later:
            if record.trace_id != first.trace_id and record.start - first.start <= RETRY_WINDOW_NANO:
                yield Claim(RETRY_OF, scene.head_of(record), (scene.head_of(first),))


def _retries(scene: Scene) -> Iterator[tuple[Facts, str]]:
    for record in scene.naming:
        first_id = id_text(record.attributes.retry_of)
        if first_id is not None:
            yield record, first_id


def _can_be_retried(first: Execution, retry: Facts) -> bool:
    return (
        first.trace_id != retry.trace_id
        and agree(first.workflow_id, retry.workflow_id)
        and agree(first.instance_id, retry.instance_id)
        and within(retry.start, first.end, first.end, before=CLOCK_SLACK_NANO, after=RETRY_WINDOW_NANO)
    )
