"""What speaks for a suspect: its own error, its logs, who only repeats it, and that it failed first."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from correlator.correlate.operation import operation_of
from correlator.correlate.stack_frames import in_app_frames
from correlator.explain.call_tree import CallTree
from correlator.explain.confidence import joins_on_the_way
from correlator.explain.refusal import sender_of
from correlator.explain.suspect import Suspect
from correlator.model.error_chain import ErrorEvent, ErrorLink
from correlator.model.finding import Evidence
from correlator.model.span import Span
from correlator.model.trace import Edge

TEXT_CHARACTERS: Final = 300
"""Of a message in a finding: the trace itself, one link away, holds all of it."""
LOGS: Final = 3
ECHOES: Final = 5
JOINS: Final = 5
"""Of one sort of evidence, so many are given at most."""
_NANOS_PER_MS: Final = 1e6


def evidence_of(tree: CallTree, suspect: Suspect) -> tuple[Evidence, ...]:
    """All observations that speak for it, the telling ones first. Every one links to the trace."""
    return (
        _own_error(tree, suspect),
        *_innermost_frame(tree, suspect),
        *_refused_sender(tree, suspect),
        *_callee_at_work(tree, suspect),
        *_job_in_queue(tree, suspect),
        *_logs(tree, suspect),
        *_order(tree, suspect),
        *_echoes(tree, suspect),
        *_joins(tree, suspect),
        _depth(tree, suspect),
    )


def trace_link(trace_id: str) -> str:
    """The API path that shows a trace."""
    return f"/api/v1/traces/{trace_id}"


def told_as(error: ErrorEvent) -> str:
    """An error in one line: type and message, whichever there is."""
    message = shortened(error.message)
    if error.error_type and message:
        return message if message.startswith(error.error_type) else f"{error.error_type}: {message}"
    return error.error_type or message or "an error without type and message"


def shortened(text: str) -> str:
    """`text` on one line, cut to TEXT_CHARACTERS."""
    line = " ".join(text[: 2 * TEXT_CHARACTERS].split())
    return line if len(line) <= TEXT_CHARACTERS else f"{line[: TEXT_CHARACTERS - 1]}…"


def _own_error(tree: CallTree, suspect: Suspect) -> Evidence:
    error = suspect.error
    return Evidence(
        kind=error.source,
        subject=f"{error.service_name} {error.operation}",
        observed=told_as(error),
        expected="no error",
        window=_window(tree, suspect.link),
        link=_link(tree, suspect.link.span_id),
    )


def _innermost_frame(tree: CallTree, suspect: Suspect) -> Iterator[Evidence]:
    for frame in in_app_frames(suspect.error.stacktrace)[:1]:
        yield Evidence(
            "exception",
            f"{suspect.error.service_name} raised in",
            shortened(frame),
            link=_link(tree, suspect.link.span_id),
        )


def _refused_sender(tree: CallTree, suspect: Suspect) -> Iterator[Evidence]:
    """Whose request it was that the suspect refused."""
    sender = sender_of(tree, suspect)
    if sender is not None:
        yield Evidence(
            "structure",
            f"sender of the request that {suspect.component} refused",
            _named(sender),
            expected="a request that it accepts, or a rule that accepts this one",
            link=trace_link(sender.trace_id),
        )


def _callee_at_work(tree: CallTree, suspect: Suspect) -> Iterator[Evidence]:
    """How long the callee took that its caller gave up on."""
    awaited = suspect.awaited
    if awaited is None or awaited.span is None or awaited.job is not None:
        return
    gave_up, callee = tree.time_of(suspect.error.service_name, suspect.error.time_unix_nano), awaited.span
    yield Evidence(
        "timing",
        f"{suspect.component} {suspect.operation} took",
        _ms(callee.duration_nano),
        expected=f"at most {_ms(gave_up - tree.start_of(callee))}, when {suspect.error.service_name} gave up",
        unit="ms",
        window=(callee.start_time_unix_nano, callee.end_time_unix_nano),
        link=_link(tree, callee.span_id),
    )


def _job_in_queue(tree: CallTree, suspect: Suspect) -> Iterator[Evidence]:
    """How long the job had waited that nobody had taken when its caller gave up."""
    awaited = suspect.awaited
    if awaited is not None and awaited.job is not None:
        taken = None if awaited.span is None else tree.start_of(awaited.span) - tree.end_of(awaited.job)
        yield Evidence(
            "timing",
            f"{_named(awaited.job)} waited in its queue for",
            f"more than {_ms(awaited.for_nano)}, nobody was seen to take it" if taken is None else _ms(taken),
            expected=f"at most {_ms(awaited.for_nano)}, when {suspect.error.service_name} gave up",
            unit="ms",
            link=_link(tree, awaited.job.span_id),
        )


def _logs(tree: CallTree, suspect: Suspect) -> Iterator[Evidence]:
    """ERROR logs that the failing span wrote, the first LOGS of them, but for the one that is the error itself."""
    logs = (log for log in tree.trace.logs if log.is_error and log.span_id == suspect.link.span_id)
    others = (log for log in logs if log.body and log.body != suspect.error.message)
    for log in islice(others, LOGS):
        yield Evidence(
            "log",
            f"{log.service_name} ERROR log",
            shortened(log.body),
            window=(log.time_unix_nano, log.time_unix_nano),
            link=_link(tree, suspect.link.span_id),
        )


def _order(tree: CallTree, suspect: Suspect) -> Iterator[Evidence]:
    """By how much it failed before the outermost victim."""
    outermost = suspect.chain.links[0].error
    if outermost is suspect.error:
        return
    lead = _failed_at(tree, outermost) - _failed_at(tree, suspect.error)
    yield Evidence(
        "timing",
        f"{suspect.error.service_name} failed before {outermost.service_name} {outermost.operation} by",
        _ms(lead),
        expected="a time before it" if lead < 0 else None,
        unit="ms",
        window=(suspect.error.time_unix_nano, outermost.time_unix_nano),
        link=trace_link(tree.trace.trace_id),
    )


def _echoes(tree: CallTree, suspect: Suspect) -> Iterator[Evidence]:
    """Victims of other components that say nothing of their own, the first ECHOES of them."""
    echoes = (each for each in suspect.victims if each.is_echo and each.service_name != suspect.component)
    for echo in islice(echoes, ECHOES):
        yield Evidence(
            "echo",
            f"{echo.service_name} {echo.operation} only repeats",
            told_as(echo.error),
            expected="an error of its own, were it the cause",
            window=_window(tree, echo),
            link=_link(tree, echo.span_id),
        )


def _joins(tree: CallTree, suspect: Suspect) -> Iterator[Evidence]:
    """How the traces on the way were joined, and how far that holds, the first JOINS of them."""
    for join in islice(joins_on_the_way(tree, suspect), JOINS):
        caller, callee = tree.span(join.from_span_id), tree.span(join.to_span_id)
        if caller is not None and callee is not None:
            subject = f"{_named(callee)} joined to {_named(caller)} by {join.method}"
            yield Evidence("structure", subject, _rightness(join), link=trace_link(callee.trace_id))


def _named(span: Span) -> str:
    return f"{span.service_name} {operation_of(span)}"


def _rightness(join: Edge) -> str:
    if join.precision is None:
        return "how often such a join is right was not measured"
    return f"right in {join.precision:.2f} of {join.measured_joins} measured joins"


def _depth(tree: CallTree, suspect: Suspect) -> Evidence:
    """Whether anything failed further inward; the one observation that every suspect has."""
    deeper = 0 if suspect.hearsay else sum(not link.is_echo for link in suspect.chain.links[suspect.index + 1 :])
    subject = f"failures below {suspect.component} that give a reason of their own"
    return Evidence("structure", subject, str(deeper), expected="0", link=trace_link(tree.trace.trace_id))


def _failed_at(tree: CallTree, error: ErrorEvent) -> int:
    return tree.time_of(error.service_name, error.time_unix_nano)


def _window(tree: CallTree, link: ErrorLink) -> tuple[int, int]:
    span = tree.span(link.span_id)
    if span is None:
        return link.error.time_unix_nano, link.error.time_unix_nano
    return span.start_time_unix_nano, span.start_time_unix_nano + span.duration_nano


def _link(tree: CallTree, span_id: str) -> str:
    """The API path that shows a span: a story's are in several traces."""
    span = tree.span(span_id)
    return trace_link(tree.trace.trace_id if span is None else span.trace_id)


def _ms(nanos: int) -> str:
    return f"{nanos / _NANOS_PER_MS:.1f}"
