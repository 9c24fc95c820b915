"""Rule: who called a trace that nobody else is known to have called, told by route, time and payload.

The last rung: neither side names the other. The callee's head (a server's or consumer's span, or a workflow that a webhook
started) carries the hash of what it was sent; another trace carries the same hash; and what it called with ran when the
callee started. n8n's HTTP Request nodes carry the hashes of what they may have sent, on the span or on a log record at it;
of another node's items the caller is an HTTP Request node of the same workflow. It ran then, and where its URL is known, its
path must be the callee's. What is known of execution and job must agree. A node whose call was answered within its own trace
passed its context on, and made no other.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Final

from correlator import semconv
from correlator.correlate.stitch.caller import HTTP_REQUEST, WEBHOOK, called_path, is_node, paths_of, runs_at
from correlator.correlate.stitch.claims import Claim
from correlator.correlate.stitch.facts import Facts, Place
from correlator.correlate.stitch.key_attributes import hash_texts
from correlator.correlate.stitch.plausible import QUEUED_WITHIN_NANO, agree, within
from correlator.correlate.stitch.scene import Scene
from correlator.model.trace import PAYLOAD

_ANSWERING: Final = frozenset({semconv.KIND_SERVER, semconv.KIND_CONSUMER})
_CALLING: Final = frozenset({semconv.KIND_CLIENT, semconv.KIND_SERVER, semconv.KIND_CONSUMER})
_QUEUEING: Final = frozenset({semconv.KIND_CLIENT, semconv.KIND_SERVER, semconv.KIND_PRODUCER})


def payload_claims(scene: Scene, payloads: Container[str], called: Iterable[str]) -> Iterator[Claim]:
    """One for each head that carries one of `payloads` (hashes) and whose trace is not among those `called` already."""
    known = frozenset(called)
    spans = [span for span in scene.spans if span.attributes.payload]
    logs = (log for log in scene.naming if not log.is_span and log.attributes.payload)
    carrying = _by_payload((*spans, *logs), payloads)
    for span in spans:
        head = _received_by(scene, span)
        if head is not None and head.trace_id not in known:
            sent = (other for hash_ in hash_texts(span.attributes.payload) for other in carrying.get(hash_, ()))
            yield Claim(PAYLOAD, head.place, _callers(scene, head, span, sent))


def _by_payload(records: Iterable[Facts], payloads: Container[str]) -> Mapping[str, list[Facts]]:
    carrying: dict[str, list[Facts]] = defaultdict(list)
    for record in records:
        for hash_ in hash_texts(record.attributes.payload):
            if hash_ in payloads:
                carrying[hash_].append(record)
    return carrying


def _received_by(scene: Scene, span: Facts) -> Facts | None:
    """The head that was sent the payload of `span`; None where that is no head's, or was not sent but made here."""
    receiver = scene.span(span.parent) if is_node(span, WEBHOOK) else span
    is_receiver = receiver is not None and (receiver is not span or span.kind in _ANSWERING)
    return receiver if is_receiver and receiver is not None and scene.is_head(receiver) else None


def _callers(scene: Scene, head: Facts, received: Facts, sent: Iterable[Facts]) -> list[Place]:
    """The likeliest first: the last started."""
    callers: dict[Place, Facts] = {}
    for other in sent:
        if other.trace_id != head.trace_id:
            callers.update((it.place, it) for it in _calling_with(scene, other, head, received))
    return sorted(callers, key=lambda place: callers[place].order, reverse=True)


def _calling_with(scene: Scene, other: Facts, head: Facts, received: Facts) -> Iterator[Facts]:
    """The spans that may have sent to `head` what `other` carries."""
    node = other if other.is_span else scene.span(other.place)
    if node is not None and node.name == semconv.N8N_NODE_SPAN:
        yield from _calling_nodes(scene, node, called_path(other), head)
    elif not other.is_span:
        return
    elif _can_have_sent(other, head) and _is_of_one_story(other, head, received) and not _is_answered(scene, other):
        yield other


def _calling_nodes(scene: Scene, node: Facts, path: str, head: Facts) -> Iterator[Facts]:
    """A node, if it is an HTTP Request of `path`, else those of its workflow, that may have called `head`."""
    workflow = scene.span(node.parent)
    if workflow is None or head.kind == semconv.KIND_CONSUMER or head.start < workflow.start:
        return
    if not _is_of_one_story(workflow, head):
        return
    is_caller = is_node(node, HTTP_REQUEST)
    for each in _spans_of(scene, node, workflow) if is_caller else scene.children(workflow):
        if _is_calling(scene, each, path if is_caller else called_path(each), head):
            yield each


def _spans_of(scene: Scene, node: Facts, workflow: Facts) -> Sequence[Facts]:
    """The node's span; where n8n's own took its place, those of that name."""
    if scene.span(node.place) is not None:
        return [node]
    return [it for it in scene.children(workflow) if it.attributes.node_name == node.attributes.node_name]


def _is_calling(scene: Scene, node: Facts, path: str, head: Facts) -> bool:
    """Whether it is an HTTP Request node that ran when `head` started and called its path, as far as known."""
    paths = paths_of(head)
    is_running = is_node(node, HTTP_REQUEST) and runs_at(node, head.start) and not _is_answered(scene, node)
    return is_running and (not path or not paths or path in paths)


def _can_have_sent(sender: Facts, head: Facts) -> bool:
    """Whether times and kinds fit. Nobody sends before it has begun: else whom it was sent by would fit as well."""
    if sender.service_name == head.service_name or sender.start > head.start:
        return False
    if head.kind == semconv.KIND_CONSUMER:
        return sender.kind in _QUEUEING and within(head.start, sender.start, sender.end, after=QUEUED_WITHIN_NANO)
    return sender.kind in _CALLING and runs_at(sender, head.start)


def _is_of_one_story(sender: Facts, *receivers: Facts) -> bool:
    """Whether what is known of execution, workflow and job is the same on both sides."""
    return all(
        agree(sender.execution_id, receiver.execution_id)
        and agree(sender.workflow_id, receiver.workflow_id)
        and agree(sender.job_id, receiver.job_id)
        for receiver in receivers
    )


def _is_answered(scene: Scene, span: Facts) -> bool:
    """Whether a call or a job of this span was taken up within its own trace."""
    children = scene.children(span)
    queued = (job for child in children if child.kind == semconv.KIND_PRODUCER for job in scene.children(child))
    return any(child.kind in _ANSWERING for child in (*children, *queued))
