"""Findings and traces as text for people: what the command line and the demo print.

Every word that came with telemetry is shown as it is, never as markup, and without control characters: a span's name must not
be able to steer a terminal.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.segment import Segment
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from correlator import semconv
from correlator.correlate.operation import operation_of
from correlator.model.finding import Candidate, Evidence, Finding, PathStep
from correlator.model.propagation import Propagation
from correlator.model.span import Span
from correlator.model.story import StorySummary
from correlator.model.trace import Edge, Trace

STYLES: Final = {"cause": "bold red", "victim": "yellow", "passed_through": "dim"}
JOIN_STYLE: Final = "magenta"
SHOWN_SPANS: Final = 1_000  # of a trace: more is no longer read by anyone; --json has them all
SHOWN_MESSAGE: Final = 200  # characters

HEADINGS: Final[tuple[tuple[str, Literal["left", "right"]], ...]] = (
    ("hop", "left"),
    ("calls", "right"),
    ("arrived", "right"),
    ("joined all the same", "left"),
    ("lost", "right"),
)

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")


def plain(text: str, style: str = "") -> Text:
    """Text from outside: control characters and direction overrides become one space."""
    return Text(_CONTROL.sub(" ", text), style)


def duration(nanos: int) -> str:
    """A duration in the unit that reads best."""
    for unit, size in (("s", 10**9), ("ms", 10**6), ("µs", 10**3)):
        if nanos >= size:
            return f"{nanos / size:.3g} {unit}" if nanos < 1000 * size else f"{nanos / size:.0f} {unit}"
    return f"{nanos} ns"


def counted(number: int, noun: str) -> str:
    """`1 span`, `2 spans`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def finding_view(finding: Finding, subject: str) -> RenderableType:
    """A finding: its sentence, the path to the cause, the evidence, what was ruled out, what is missing, known patterns.

    `subject` names what was asked about, a trace or an incident.
    """
    parts: list[RenderableType] = [plain(subject, "dim"), plain(finding.summary, "bold")]
    if finding.candidates:
        parts += _candidate(finding.candidates[0])
    parts += _listed("Ruled out", (f"{each.component} {each.operation}: {each.reason}" for each in finding.ruled_out))
    parts += _listed("Other candidates", finding.alternatives)
    parts += _listed("Missing signals", finding.missing_signals)
    parts += _listed(
        "Known patterns", (f"{each.title} ({each.rule_id}): {each.suggestion}" for each in finding.patterns)
    )
    return Trimmed(Group(*parts))


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A view without the blanks that tables and wrapping leave at the ends of lines: pipes and copies show them."""

    view: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in console.render_lines(self.view, options, pad=False):
            yield from _without_trailing_blanks(line)
            yield Segment.line()


def _without_trailing_blanks(line: list[Segment]) -> Iterator[Segment]:
    length = len("".join(segment.text for segment in line).rstrip())
    for segment in line:
        if length > 0:
            yield Segment(segment.text[:length], segment.style)
        length -= len(segment.text)


def _candidate(candidate: Candidate) -> list[RenderableType]:
    told = f"confidence {candidate.confidence:.0%}, {candidate.kind}, fingerprint {candidate.fingerprint}"
    parts: list[RenderableType] = [plain(told)]
    if candidate.path:
        parts += [Text("\nFrom the outermost failure inward", "bold"), _path(candidate.path)]
    if candidate.evidence:
        parts += [Text("\nEvidence", "bold"), _evidence(candidate.evidence)]
    return parts


def _path(path: tuple[PathStep, ...]) -> Tree:
    root = branch = Tree(_step(path[0]))
    for step in path[1:]:
        branch = branch.add(_step(step))
    return root


def _step(step: PathStep) -> Text:
    label = Text.assemble(
        plain(step.component, STYLES.get(step.role, "")),
        plain(f"{_tier(step.component, step.system)} {step.operation}"),
        f" [{step.role.replace('_', ' ')}]",
    )
    return _one_line(label)


def _evidence(evidence: tuple[Evidence, ...]) -> Table:
    table = _indented()
    for each in evidence:
        table.add_row("", plain(each.kind, "dim"), plain(_observation(each)))
    return table


def _observation(evidence: Evidence) -> str:
    """What was seen; what was expected only beside a quantity that differs from it: an error's text speaks for itself."""
    if not evidence.unit:
        return f"{evidence.subject}: {evidence.observed}"
    expected = f" (expected {evidence.expected})" if evidence.expected not in (None, evidence.observed) else ""
    return f"{evidence.subject}: {evidence.observed} {evidence.unit}{expected}"


def _listed(heading: str, lines: Iterable[str]) -> list[RenderableType]:
    table = _indented()
    for line in lines:
        table.add_row("", "-", plain(line))
    return [Text(f"\n{heading}", "bold"), table] if table.rows else []


def _indented() -> Table:
    """Three columns: the indent, a word, and text that wraps beside it."""
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(width=1)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    return table


def trace_view(trace: Trace) -> RenderableType:
    """A story as a tree: each span's service, tier, duration, and how it failed; where another trace begins, what joins it."""
    parts: list[RenderableType] = [Text(_heading(trace), "bold"), *_trees(trace)]
    if len(trace.spans) > SHOWN_SPANS:
        parts.append(Text(f"{len(trace.spans) - SHOWN_SPANS} more spans: --json shows all", "dim"))
    if trace.missing_parents:
        parts.append(
            Text(f"{len(trace.missing_parents)} parents never arrived; their children stand as roots", "yellow")
        )
    parts += _listed("Possible joins, none of them chosen", (_possible(trace, edge) for edge in trace.possible_edges))
    parts += _listed("Left out", trace.left_out)
    return Group(*parts)


def _heading(trace: Trace) -> str:
    failing = sum(span.is_error for span in trace.spans)
    records = f"{counted(len(trace.spans), 'span')}, {failing} with an error, {counted(len(trace.logs), 'log record')}"
    story = f"\nstory of {len(trace.trace_ids)} traces" if len(trace.trace_ids) > 1 else ""
    return f"trace {trace.trace_id}: {records}{story}"


def _trees(trace: Trace) -> list[Tree]:
    """One tree a root, at most SHOWN_SPANS spans in all; by a list of work instead of recursion, since traces can be deep."""
    spans = {span.span_id: span for span in trace.spans}
    joins = _joins(trace)
    roots = [spans[root] for root in trace.roots if root not in joins][:SHOWN_SPANS]
    trees: list[Tree] = []
    waiting: list[tuple[str, Tree]] = []
    for span in roots:
        is_other = span.trace_id != trace.trace_id
        trees.append(Tree(plain(f"trace {span.trace_id}", JOIN_STYLE) if is_other else _span(span)))
        waiting.append((span.span_id, trees[-1].add(_span(span)) if is_other else trees[-1]))
    below = _below(trace, joins)
    shown = len(trees)
    while waiting and shown < SHOWN_SPANS:
        span_id, branch = waiting.pop()
        for child in below.get(span_id, ())[: SHOWN_SPANS - shown]:
            above = branch.add(_join(spans[child], joins[child])) if child in joins else branch
            waiting.append((child, above.add(_span(spans[child]))))
            shown += 1
    return trees


def _joins(trace: Trace) -> dict[str, Edge]:
    """Roots that were called from another trace, with the first join that leads to each; none leads to itself."""
    above = {child: parent for parent, children in trace.children.items() for child in children}
    roots, joins = set(trace.roots), dict[str, Edge]()
    for edge in trace.edges:
        callee = edge.to_span_id
        if edge.from_trace_id == edge.to_trace_id or callee not in roots or callee in joins:
            continue
        current: str | None = edge.from_span_id
        while current is not None and current != callee:
            current = above.get(current)
        if current is None:
            joins[callee] = edge
            above[callee] = edge.from_span_id
    return joins


def _below(trace: Trace, joins: Mapping[str, Edge]) -> dict[str, list[str]]:
    """Span id to what it called: in its own trace, then in others."""
    below = {span_id: list(children) for span_id, children in trace.children.items()}
    for callee, edge in joins.items():
        below.setdefault(edge.from_span_id, []).append(callee)
    return below


def _join(span: Span, edge: Edge) -> Text:
    """The line between a caller and a callee of another trace."""
    return plain(f"joined by {edge.method}, {_measured(edge)}: trace {span.trace_id}", JOIN_STYLE)


def _measured(edge: Edge) -> str:
    return "not measured" if edge.precision is None else f"measured {edge.precision:.2f}"


def _possible(trace: Trace, edge: Edge) -> str:
    """A join that may be: whom it would lead from and to, by name where the span is in this story."""
    ends = (_end(trace, *end) for end in ((edge.from_trace_id, edge.from_span_id), (edge.to_trace_id, edge.to_span_id)))
    return f"{' to '.join(ends)} by {edge.method}, {_measured(edge)}"


def _end(trace: Trace, trace_id: str, span_id: str) -> str:
    span = trace.span(span_id)
    if span is not None and span.trace_id == trace_id:
        return f"{span.service_name} {operation_of(span)}"
    return f"span {span_id} of trace {trace_id}"


def _span(span: Span) -> Text:
    label = Text.assemble(
        plain(span.service_name, "red" if span.is_error else "green"),
        plain(f"{_tier(span.service_name, span.system)} {operation_of(span)} "),
        (duration(span.duration_nano), "cyan"),
    )
    if span.is_error:
        label.append_text(plain(f" error: {_failure(span)[:SHOWN_MESSAGE]}", "red"))
    return _one_line(label)


def _failure(span: Span) -> str:
    """The exception if the span tells of one, else its status."""
    for event in span.events:
        if event.name == semconv.EXCEPTION_EVENT:
            kind = str(event.attributes.get(semconv.EXCEPTION_TYPE, "exception"))
            message = event.attributes.get(semconv.EXCEPTION_MESSAGE)
            return f"{kind}: {message}" if message else kind
    return span.status_message or str(span.attributes.get(semconv.ERROR_TYPE, "status says so"))


def stories_view(stories: Sequence[StorySummary]) -> RenderableType:
    """Two lines a story, so that its id is whole at any width: when, how large; what it is."""
    lines = (line for story in stories for line in _story_lines(story))
    return Group(*lines)


def _story_lines(story: StorySummary) -> tuple[Text, Text]:
    counts = f"{counted(len(story.trace_ids), 'trace')}, {counted(story.spans, 'span')}, {story.errors} with an error"
    what = f"  {story.service_name} {story.name}: {', '.join(story.services)}"
    return plain(f"{story.story_id}  {utc(story.start_time_unix_nano)}"), plain(f"{what} ({counts})", "dim")


def propagation_view(propagation: Propagation) -> RenderableType:
    """How often trace context arrived, hop by hop, and what mends it where it did not."""
    table = Table(box=None, pad_edge=False)
    for heading, justify in HEADINGS:
        table.add_column(heading, justify=justify, no_wrap=True)
    for hop in propagation.hops:
        share = "-" if hop.share is None else f"{hop.share:.0%}"
        joined = ", ".join(f"{count} {method}" for method, count in hop.joined_by.items())
        table.add_row(plain(hop.hop), str(hop.calls), share, plain(joined or "-"), str(hop.not_joined))
    advice = (
        f"{hop.hop}: {each.setting} ({each.system}): {each.because}" for hop in propagation.hops for each in hop.advice
    )
    sampled = ", a sample of more" if propagation.is_sampled else ""
    heading = f"{utc(propagation.start_unix_nano)} to {utc(propagation.end_unix_nano)}: {counted(propagation.spans, 'span')}{sampled}"
    return Trimmed(Group(Text(heading, "bold"), table, *_listed("What mends it", advice)))


def utc(unix_nano: int) -> str:
    """A time to the second, as people read it."""
    return datetime.fromtimestamp(unix_nano // 10**9, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _tier(service_name: str, system: str) -> str:
    """The tier in brackets, where the service's name does not say it already."""
    return "" if service_name == system else f" ({system})"


def _one_line(text: Text) -> Text:
    text.no_wrap = True
    text.overflow = "ellipsis"
    return text
