"""Prints what the engine found: it says nothing that the engine did not say."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from correlator.model.finding import Candidate, Evidence, Finding, PathStep, RuledOut

EVIDENCE_SHOWN: Final = 6
ROLE_STYLES: Final = {"cause": "bold red", "victim": "yellow", "passed_through": "yellow"}
ROLE_WORDS: Final = {"cause": "<- failed first", "victim": "victim", "passed_through": "passed it on"}


def print_report(
    out: Console, finding: Finding, incident: Mapping[str, Any] | None, *, trace_id: str, api: str
) -> None:
    """Headline, path, evidence, what was ruled out, and how to see the same; about 30 lines of 80 columns."""
    out.print(Text(finding.summary, style="bold"))
    for title, part in _parts(finding):
        out.print(Text(f"\n{title}", style="bold cyan"))
        out.print(Padding(part, (0, 0, 0, 2), expand=False))
    out.print(Text("\nSee it yourself", style="bold cyan"))
    for line in _commands(incident, trace_id, api):
        out.print(Text(f"  {line}"), soft_wrap=True)


def _parts(finding: Finding) -> Iterator[tuple[str, RenderableType]]:
    if finding.candidates:
        yield from _cause_parts(finding.candidates[0])
    if finding.ruled_out:
        yield "Ruled out", _ruled_out_table(finding.ruled_out)
    if finding.alternatives:
        yield "Other candidates", Text("\n".join(finding.alternatives))
    if finding.missing_signals:
        yield "What would have made it surer", Text("\n".join(finding.missing_signals))


def _cause_parts(cause: Candidate) -> Iterator[tuple[str, RenderableType]]:
    if cause.path:
        yield "The way of the failure, from who noticed it to who caused it", _path_tree(cause.path)
    if cause.evidence:
        title = f"Evidence against {cause.component} (confidence {cause.confidence:.0%})"
        yield title, _evidence_table(cause.evidence[:EVIDENCE_SHOWN])


def _path_tree(path: tuple[PathStep, ...]) -> Tree:
    tree = branch = Tree(_step_text(path[0]), guide_style="dim")
    for step in path[1:]:
        branch = branch.add(_step_text(step))
    return tree


def _step_text(step: PathStep) -> Text:
    role = ROLE_WORDS.get(step.role, step.role)
    return Text.assemble((step.component, "bold"), "  ", step.operation, "  ", (role, ROLE_STYLES.get(step.role, "")))


def _evidence_table(evidence: tuple[Evidence, ...]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    for item in evidence:
        table.add_row(Text(item.kind), Text(_evidence_words(item)))
    return table


def _evidence_words(item: Evidence) -> str:
    unit = f" {item.unit}" if item.unit else ""
    expected = f" (expected {item.expected}{unit})" if item.expected else ""
    return f"{item.subject}: {item.observed}{unit}{expected}"


def _ruled_out_table(ruled_out: tuple[RuledOut, ...]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    for item in ruled_out:
        table.add_row(Text(f"{item.component} {item.operation}"), Text(item.reason))
    return table


def _commands(incident: Mapping[str, Any] | None, trace_id: str, api: str) -> Iterator[str]:
    yield f"correlator explain {trace_id} --api {api}"
    yield f"correlator trace {trace_id} --api {api}"
    yield f"curl {api}/api/v1/traces/{trace_id}/root-cause"
    if incident is not None:
        yield f"curl {api}/api/v1/incidents/{incident['key']}"
