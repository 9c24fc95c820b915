"""Why something failed."""

from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from correlator.console.lists import indented, listed
from correlator.console.trimmed import Trimmed
from correlator.console.words import one_line, plain, tier
from correlator.model.finding import Candidate, Evidence, Finding, PathStep

STYLES: Final = {"cause": "bold red", "victim": "yellow", "passed_through": "dim"}


def finding_view(finding: Finding, subject: str) -> RenderableType:
    """A finding: its sentence, the path to the cause, the evidence, what was ruled out, what is missing, known patterns.

    `subject` names what was asked about, a trace or an incident.
    """
    parts: list[RenderableType] = [plain(subject, "dim"), plain(finding.summary, "bold")]
    if finding.candidates:
        parts += _candidate(finding.candidates[0])
    parts += listed("Ruled out", (f"{each.component} {each.operation}: {each.reason}" for each in finding.ruled_out))
    parts += listed("Other candidates", finding.alternatives)
    parts += listed("Missing signals", finding.missing_signals)
    parts += listed(
        "Known patterns", (f"{each.title} ({each.rule_id}): {each.suggestion}" for each in finding.patterns)
    )
    return Trimmed(Group(*parts))


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
        plain(f"{tier(step.component, step.system)} {step.operation}"),
        f" [{step.role.replace('_', ' ')}]",
    )
    return one_line(label)


def _evidence(evidence: tuple[Evidence, ...]) -> Table:
    table = indented()
    for each in evidence:
        table.add_row("", plain(each.kind, "dim"), plain(_observation(each)))
    return table


def _observation(evidence: Evidence) -> str:
    """What was seen; what was expected only beside a quantity that differs from it: an error's text speaks for itself."""
    if not evidence.unit:
        return f"{evidence.subject}: {evidence.observed}"
    expected = f" (expected {evidence.expected})" if evidence.expected not in (None, evidence.observed) else ""
    return f"{evidence.subject}: {evidence.observed} {evidence.unit}{expected}"
