"""How well causes were named: the system that the engine accuses first, beside two naive ways to choose one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from correlator import semconv
from correlator.correlate.error_chain import error_chains
from correlator.explain import explain_trace
from correlator.model.finding import Finding
from correlator.model.trace import Trace
from correlator.pipeline.stories.investigate import Investigator
from tests.corpus.recording import Label
from tests.corpus.units import Unit

ENGINE: Final = "engine"
ENGINE_ALONE: Final = "engine, trace id only"
EARLIEST: Final = "earliest error"
DEEPEST: Final = "deepest failing span"
METHODS: Final = (ENGINE, ENGINE_ALONE, EARLIEST, DEEPEST)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What each method named for one story; None where it named nothing. `is_silent`: n8n itself told of no failure."""

    label: Label
    named: Mapping[str, str | None]
    is_silent: bool

    def is_right(self, method: str) -> bool:
        named = self.named[method]
        return named in self.label.causes if self.label.causes else named is None


def verdicts(investigator: Investigator, units: Sequence[Unit], labels: Iterable[Label]) -> list[Verdict]:
    """One for each label of which n8n left a trace: what an engineer is told who asks about its first execution."""
    found = []
    for label in labels:
        trace_id = _first_trace(investigator, label, units)
        if trace_id is not None:
            found.append(_verdict(investigator, label, trace_id))
    return found


def _verdict(investigator: Investigator, label: Label, trace_id: str) -> Verdict:
    found, alone = investigator.investigate(trace_id), investigator.trace(trace_id, story=False)
    assert found is not None
    assert alone is not None
    story = found.trace
    named = {
        ENGINE: _accused(found.finding),
        ENGINE_ALONE: _accused(explain_trace(alone, error_chains(alone))),
        EARLIEST: _earliest(story),
        DEEPEST: _deepest(story),
    }
    return Verdict(label, named, not any(span.is_error for span in alone.spans if span.system == "n8n"))


def _accused(finding: Finding) -> str | None:
    return finding.candidates[0].system if finding.candidates else None


def _earliest(story: Trace) -> str | None:
    """System of the first record that tells of an error."""
    errors = [(span.start_time_unix_nano, span.system) for span in story.spans if span.is_error]
    errors += [(log.time_unix_nano, log.system) for log in story.logs if log.is_error]
    return min(errors)[1] if errors else None


def _deepest(story: Trace) -> str | None:
    """System of the failing span with the most ancestors, the earliest of these."""
    parents = {child: parent for parent, children in story.children.items() for child in children}
    parents |= {edge.to_span_id: edge.from_span_id for edge in story.edges if edge.to_span_id not in parents}
    failing = [span for span in story.spans if span.is_error]
    if not failing:
        return None
    return min(failing, key=lambda span: (-_depth(span.span_id, parents), span.start_time_unix_nano)).system


def _depth(span_id: str, parents: Mapping[str, str]) -> int:
    seen = {span_id}
    while (span_id := parents.get(span_id, "")) and span_id not in seen:
        seen.add(span_id)
    return len(seen)


def _first_trace(investigator: Investigator, label: Label, units: Sequence[Unit]) -> str | None:
    """The trace of the story's first execution of n8n's; of its first span, where n8n left none."""
    starts: list[tuple[bool, int, str]] = []
    for trace_id in {unit.trace_id for unit in units if unit.truth == label.story and unit.trace_id and unit.name}:
        trace = investigator.trace(trace_id, story=False)
        spans = trace.spans if trace is not None else ()
        of_n8n = [span for span in spans if span.system == "n8n" and span.name == semconv.N8N_WORKFLOW_SPAN]
        starts += [(not of_n8n, min(span.start_time_unix_nano for span in of_n8n or spans), trace_id)]
    return min(starts)[2] if starts else None


def share_right(found: Sequence[Verdict], method: str, which: Callable[[Verdict], bool]) -> tuple[int, int]:
    """How many of the verdicts `which` are right, and how many there are."""
    chosen = [verdict for verdict in found if which(verdict)]
    return sum(verdict.is_right(method) for verdict in chosen), len(chosen)
