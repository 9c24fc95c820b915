"""A finding in one sentence: the same words for the same finding, whoever asks."""

from collections.abc import Sequence
from typing import Final

from correlator import semconv
from correlator.correlate.crash import tells_of_crash
from correlator.correlate.fingerprint import short_type
from correlator.correlate.operation import operation_of
from correlator.explain.awaited import Awaited
from correlator.explain.call_tree import CallTree
from correlator.explain.evidence import shortened, told_as
from correlator.explain.refusal import is_refusal
from correlator.explain.suspect import Suspect
from correlator.model.error_chain import ErrorChain, ErrorEvent, ErrorLink
from correlator.model.span import Span

_NANOS_PER_MS: Final = 1_000_000
_NANOS_PER_S: Final = 1_000_000_000
NOTHING_FAILED: Final = "nothing failed in this trace"
NOTHING_FAILED_IN_STORY: Final = "nothing failed in this story of {traces} traces"
_OUTCOMES: Final = {
    "unnoticed": "; nobody waited for it",
    "handled": "; its caller handled that and went on",
    "reaction": "; it ran only because something else had failed",
}


def narrate_cause(tree: CallTree, cause: Suspect) -> str:
    """`<component> failed first: <what it did> <how it failed>; <its victims> failed because of it.`

    Other words where it refused a call, was too slow, or has told nothing itself.
    """
    return f"{_accusation(tree, cause)}{_victims(tree, cause)}{_OUTCOMES.get(cause.chain.effect, '')}."


def narrate_abstention(tree: CallTree, chains: Sequence[ErrorChain]) -> str:
    """Why nobody is accused."""
    if not chains:
        traces = len(tree.trace.trace_ids)
        return f"{NOTHING_FAILED if traces < 2 else NOTHING_FAILED_IN_STORY.format(traces=traces)}."
    link = chains[0].links[chains[0].cause]
    return (
        f"not enough evidence for a cause: {_who(tree, link)} failed ({told_as(link.error)}), "
        "but says only that the other side failed, and the other side reported nothing."
    )


def narrate_alternative(suspect: Suspect) -> str:
    """An alternative in words, without a full stop."""
    return f"{suspect.component} {suspect.operation}: {told_as(suspect.error)}"


def _accusation(tree: CallTree, cause: Suspect) -> str:
    if tells_of_crash(cause.error):
        return (
            f"{cause.component} crashed{_while(tree, cause)}: its process ended first ({_quoted(told_as(cause.error))})"
        )
    if is_refusal(tree, cause):
        return f"{cause.component} refused the call: {_what(tree.span(cause.link.span_id), cause.operation)} {_how(cause.error)}"
    if not cause.hearsay:
        return f"{cause.component} failed first: {_what(tree.span(cause.link.span_id), cause.operation)} {_how(cause.error)}"
    if cause.awaited is not None:
        return _too_slow(tree, cause, cause.awaited)
    witness = f"{_who(tree, cause.link)} says {_quoted(told_as(cause.error))}"
    return f"{cause.component}, which reported nothing, failed or could not be reached: {witness}"


def _too_slow(tree: CallTree, cause: Suspect, awaited: Awaited) -> str:
    caller, waited = _who(tree, cause.link), _lasting(awaited.for_nano)
    if awaited.job is None:
        return f"{cause.component} {cause.operation} was still running when {caller} gave up after {waited}"
    if awaited.span is None:
        return f"nobody was seen to take a job from {cause.component}, where it had waited for {waited} when {caller} gave up"
    return f"{cause.component} {cause.operation} came too late: its job had waited for {waited} when {caller} gave up"


def _lasting(nanos: int) -> str:
    return f"{nanos / _NANOS_PER_S:.1f} s" if nanos >= _NANOS_PER_S else f"{nanos / _NANOS_PER_MS:.0f} ms"


def _while(tree: CallTree, cause: Suspect) -> str:
    return f" while {_what(tree.span(cause.link.span_id), cause.operation)} ran" if cause.operation else ""


def _how(error: ErrorEvent) -> str:
    if error.source == "log":
        return f"logged {_quoted(told_as(error))}"
    if error.source in ("http", "grpc"):
        return f"answered {told_as(error)}"
    if error.source == "exception" and error.error_type:
        return f"raised {short_type(error.error_type)}" + (
            f" ({_quoted(shortened(error.message))})" if error.message else ""
        )
    return f"failed ({told_as(error)})" if error.error_type or error.message else "failed"


def _victims(tree: CallTree, cause: Suspect) -> str:
    """The other components that failed, innermost first, each by the outermost thing it failed at."""
    outermost: dict[str, ErrorLink] = {}
    for link in cause.victims:
        outermost.setdefault(link.service_name, link)
    outermost.pop(cause.component, None)
    if not outermost:
        return ""
    names = [_who(tree, link) for link in reversed(outermost.values())]
    return f"; {_listed(names)} failed because of it"


def _who(tree: CallTree, link: ErrorLink) -> str:
    what = _what(tree.span(link.span_id), link.operation)
    return what if what.startswith(link.service_name) else f"{link.service_name} {what}"


def _what(span: Span | None, operation: str) -> str:
    """An operation with the noun that its span gives it."""
    if span is None or operation != operation_of(span):
        return operation
    if span.name == semconv.N8N_WORKFLOW_SPAN:
        return f"workflow {operation}"
    if span.name == semconv.N8N_NODE_SPAN:
        return f"node {operation}"
    return f"job {operation}" if span.kind == semconv.KIND_CONSUMER and not operation.startswith("job") else operation


def _quoted(text: str) -> str:
    return f"'{text}'" if "'" not in text else f'"{text}"'


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
