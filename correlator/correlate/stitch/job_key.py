"""Rule: spans of one queued job are of one story: who queued it, who runs it, and who speaks of it.

Ids are job ids, which are unique; and idempotency keys, which several requests may carry: those decide only where a job
has no caller yet, and never against a job id. The caller of a consumer is the producer, else the server that took the
request, else, for a later attempt, the first one. Queue names must agree where both are known.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from correlator import semconv
from correlator.correlate.stitch.claims import Claim
from correlator.correlate.stitch.facts import Facts
from correlator.correlate.stitch.key_attributes import id_text
from correlator.correlate.stitch.plausible import JOB_WINDOW_NANO, agree, within
from correlator.correlate.stitch.scene import Scene
from correlator.model.trace import JOB_KEY


def job_id_claims(scene: Scene) -> Iterator[Claim]:
    """One for each trace that runs or names a job which another trace has queued or run."""
    for records in _by_key(scene.naming, lambda it: it.job_id).values():
        consumers, others = _split(records)
        queueing = [(it, _queueing(it, consumers, others)) for it in consumers if scene.is_head(it)]
        yield from (_claim(scene, consumer, callers) for consumer, callers in queueing)
        taken = {it.trace_id for _, callers in queueing for it in callers}
        yield from _claims_of_others(scene, consumers, [it for it in others if it.trace_id not in taken])


def idempotency_claims(scene: Scene, called: Iterable[str]) -> Iterator[Claim]:
    """One for each consumer of a trace that nobody has called yet; `called` are the traces that somebody has."""
    known = frozenset(called)
    carrying = (it for it in scene.kept if it.attributes.idempotency_key is not None)
    for records in _by_key(carrying, lambda it: id_text(it.attributes.idempotency_key) or "").values():
        consumers, others = _split(records)
        for consumer in consumers:
            if scene.is_head(consumer) and consumer.trace_id not in known:
                callers = _queueing(consumer, consumers, others)
                yield _claim(scene, consumer, [it for it in callers if agree(it.job_id, consumer.job_id)])


def _by_key(records: Iterable[Facts], key_of: Callable[[Facts], str]) -> dict[str, list[Facts]]:
    """Key to its records of several traces, in their order."""
    by_key: dict[str, list[Facts]] = defaultdict(list)
    for record in records:
        if key := key_of(record):
            by_key[key].append(record)
    return {key: its for key, its in by_key.items() if len({it.trace_id for it in its}) > 1}


def _split(records: Sequence[Facts]) -> tuple[list[Facts], list[Facts]]:
    """The spans that run the job, and all else."""
    consumers = [it for it in records if it.kind == semconv.KIND_CONSUMER]
    return consumers, [it for it in records if it.kind != semconv.KIND_CONSUMER]


def _queueing(consumer: Facts, consumers: Sequence[Facts], others: Sequence[Facts]) -> list[Facts]:
    """Who may have queued what this consumer runs, the likeliest first; nobody where its own trace has done so.

    A job's id is born in the request that queues it: of servers that name it the first counts, later ones ask for it.
    """
    able = [it for it in others if it.is_span and _can_have_queued(it, consumer)]
    producers = [it for it in able if it.kind == semconv.KIND_PRODUCER]
    servers = [it for it in able if it.kind == semconv.KIND_SERVER][:1]
    first_attempt = [it for it in consumers if it.order < consumer.order and _can_have_queued(it, consumer)][:1]
    callers = producers or servers or first_attempt
    if any(it.trace_id == consumer.trace_id and it.start <= consumer.start for it in callers):
        return []
    return _latest_first(callers, consumer)


def _claims_of_others(scene: Scene, consumers: Sequence[Facts], others: Sequence[Facts]) -> Iterator[Claim]:
    """Traces that only name the job, such as a callback's: called by the last that had to do with it before."""
    workers = [*consumers, *(it for it in others if it.kind == semconv.KIND_PRODUCER)]
    told = {it.trace_id for it in workers}
    for record in others:
        if record.trace_id not in told:
            told.add(record.trace_id)
            yield _claim(scene, record, _latest_first([it for it in workers if _can_have_queued(it, record)], record))


def _latest_first(callers: Iterable[Facts], called: Facts) -> list[Facts]:
    """Those that started before it, the latest first; then, by clocks that disagree, the others."""
    return sorted(callers, key=lambda it: (it.start <= called.start, it.order), reverse=True)


def _can_have_queued(one: Facts, later: Facts) -> bool:
    return agree(_queue(one), _queue(later)) and within(later.start, one.start, one.end, after=JOB_WINDOW_NANO)


def _queue(record: Facts) -> str:
    return id_text(record.attributes.queue_name) or ""


def _claim(scene: Scene, record: Facts, callers: Sequence[Facts]) -> Claim:
    return Claim(JOB_KEY, scene.head_of(record), [it.place for it in callers if it.trace_id != record.trace_id])
