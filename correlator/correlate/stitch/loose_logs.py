"""Log records without a trace id, joined to the trace whose execution or job they name."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from correlator.correlate.stitch.execution_id import mentions_fit
from correlator.correlate.stitch.facts import Facts
from correlator.correlate.stitch.plausible import EXECUTION_WINDOW_NANO, JOB_WINDOW_NANO, agree, within
from correlator.correlate.stitch.scene import Scene
from correlator.correlate.stitch.union_find import UnionFind
from correlator.model.precisions import Precisions
from correlator.model.story import JoinedLog
from correlator.model.trace import EXECUTION_ID, JOB_KEY


def joined_logs(scene: Scene, stories: UnionFind, precisions: Precisions) -> Iterator[JoinedLog]:
    """One for each loose record that names what exactly one story has; by position and row.

    By the execution whose workflow span fits; where there is none, by what else names the execution; else by the job.
    Of several traces of that story, the one whose record had started last before the log is taken.
    """
    by_execution = _by(scene, lambda it: it.execution_id)
    by_job = _by(scene, lambda it: it.job_id)
    for log in sorted(scene.loose, key=lambda it: (it.position, it.row)):
        executions = [
            it.span_at(log.start) for it in scene.executions.get(log.execution_id, ()) if mentions_fit(it, log)
        ]
        naming = executions or [it for it in by_execution.get(log.execution_id, ()) if _names_execution(it, log)]
        running = [it for it in by_job.get(log.job_id, ()) if _names_job(it, log)]
        for method, records in ((EXECUTION_ID, naming), (JOB_KEY, running)):
            if len({stories.find(it.trace_id) for it in records}) == 1:
                trace_id = _last_before(records, log.start).trace_id
                yield JoinedLog(log.position, log.row, trace_id, method, precisions.of(method))
                break


def _by(scene: Scene, id_of: Callable[[Facts], str]) -> Mapping[str, Sequence[Facts]]:
    if not scene.loose:
        return {}
    wanted = {id_of(log) for log in scene.loose} - {""}
    found: dict[str, list[Facts]] = defaultdict(list)
    for record in scene.naming:
        if (named := id_of(record)) in wanted:
            found[named].append(record)
    return found


def _names_execution(record: Facts, log: Facts) -> bool:
    window = EXECUTION_WINDOW_NANO
    is_near = within(log.start, record.start, record.end, before=window, after=window)
    return is_near and agree(record.workflow_id, log.workflow_id) and agree(record.instance_id, log.instance_id)


def _names_job(record: Facts, log: Facts) -> bool:
    return within(log.start, record.start, record.end, after=JOB_WINDOW_NANO) and agree(
        record.execution_id, log.execution_id
    )


def _last_before(records: Sequence[Facts], time: int) -> Facts:
    return max(records, key=lambda it: (it.start <= time, it.order))
