"""Scores joins and causes on the recorded corpus: `python -m tests.corpus.evaluate [--write]`.

Prints docs/accuracy.md; `--write` writes it, and the measured precisions that the stitcher tells its edges by.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import Final

from correlator.correlate.stitch import UNMEASURED, Precisions, format_precisions, measured, stitch
from correlator.model.story import Story
from correlator.model.trace import METHODS as JOIN_METHODS
from correlator.pipeline.stories.investigate import Investigator
from tests.corpus.causes import METHODS, Verdict, share_right, verdicts
from tests.corpus.joins import (
    MethodCount,
    groups_by_story,
    groups_by_trace,
    held_out,
    joins_by_method,
    score_of,
    scores_by_breakage,
)
from tests.corpus.pairs import PairScore
from tests.corpus.plan import SEED, WORKFLOWS
from tests.corpus.recording import RECORDED, Label, read_labels, read_recorded
from tests.corpus.replay import Replay, all_records
from tests.corpus.units import Unit, units_of

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "accuracy.md"
PRECISIONS: Final = ROOT / "correlator" / "correlate" / "stitch" / "precisions.json"
COMMAND: Final = "python -m tests.corpus.evaluate --write"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was measured. `held_out` are the stories on which no rule was tuned."""

    labels: Sequence[Label]
    held_out: frozenset[str]
    units: Sequence[Unit]
    stories: Sequence[Story]
    verdicts: Sequence[Verdict]

    @property
    def by_trace(self) -> list[str]:
        """The group of each unit, as trace ids alone tell it."""
        return groups_by_trace(self.units)

    @property
    def by_story(self) -> list[str]:
        """The group of each unit, as the stitcher tells it."""
        return groups_by_story(self.units, self.stories)

    def score_by_trace(self, of: frozenset[str]) -> PairScore:
        """Over the pairs of units in which one of the stories `of` takes part: what trace ids alone make of them."""
        return score_of(self.units, self.by_trace, of)

    def score_by_story(self, of: frozenset[str]) -> PairScore:
        """The same pairs, as they were stitched."""
        return score_of(self.units, self.by_story, of)

    def by_method(self, of: frozenset[str]) -> dict[str, MethodCount]:
        return joins_by_method(self.units, self.stories, of)


def evaluate(folder: Path = RECORDED) -> Evaluation:
    """Replay the recording through the engine's doors into a store, join it, and explain each of its stories."""
    labels = read_labels(folder)
    with tempfile.TemporaryDirectory() as data:
        replay = Replay(Path(data) / "data")
        replay.play(read_recorded(folder))
        records = all_records(replay.store)
        units = units_of(records, labels)
        stories = stitch(records, UNMEASURED)
        found = verdicts(Investigator(replay.store), units, labels)
        replay.close()
    return Evaluation(labels, held_out(labels), units, stories, found)


def precisions_of(found: Evaluation) -> Precisions:
    """How often each method was right on the half that was held out."""
    counts = found.by_method(found.held_out)
    corpus = f"{len(found.held_out)} of {len(found.labels)} stories of tests/corpus/recorded, held out by seed {SEED}"
    methods = {method: measured(count.joined, count.right) for method, count in counts.items()}
    return Precisions(corpus=corpus, command=COMMAND, methods=methods)


def page(found: Evaluation) -> str:
    """docs/accuracy.md."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Evaluation) -> Iterator[str]:
    tuned = frozenset(label.story for label in found.labels) - found.held_out
    yield "# Accuracy on the live stack"
    yield ""
    yield f"Made by `{COMMAND}` from tests/corpus/recorded, which `make corpus` records anew from a real n8n, Redis, bridge and workers."
    yield f"{len(found.labels)} stories of {len(found.units)} units: every way in which a trace breaks, with every fault where the pair makes"
    yield "sense. A unit is one execution of n8n's, one call that the bridge served, one attempt of a worker, or what n8n's event log"
    yield f"tells of one execution. The figures are of the {len(found.held_out)} stories drawn by seed {SEED}, on which no rule was tuned;"
    yield "all others are in the store as well, so that a join with any of them counts as wrong."
    yield ""
    yield "## Joins"
    yield ""
    yield "Pairwise: of two units that were joined, how often rightly; of two that belong together, how often joined. n8n's event log"
    yield "names no trace: by trace ids alone nothing joins it, so the last row leaves it out."
    yield ""
    yield "| breakage | pairs | precision | recall | trace id only: precision | recall |"
    yield "|---|---|---|---|---|---|"
    yield from _join_rows(found, tuned)
    yield ""
    yield "By method, each join of two traces, or of a log record without one, counted once (`same_trace_id`: pairs of units in one trace):"
    yield ""
    yield "| method | joins | right | precision | 95 % at least |"
    yield "|---|---|---|---|---|"
    yield from _method_rows(precisions_of(found))
    yield ""
    yield from _missed(found)
    yield "## Causes"
    yield ""
    yield "The system named first, asked about the story's first execution; where nothing failed, naming none is right. The naive ways"
    yield "choose among the records that the engine had joined. Silent: n8n's own spans tell of no failure, and there was one."
    yield ""
    yield "| stories | " + " | ".join(METHODS) + " |"
    yield "|---|" + "---|" * len(METHODS)
    yield _causes("all", found, lambda verdict: True)
    yield _causes("silent", found, lambda verdict: verdict.is_silent and bool(verdict.label.causes))
    yield _causes("nothing failed", found, lambda verdict: not verdict.label.causes)
    for cause in ("n8n", "bridge", "worker"):
        yield _causes(f"cause in {cause}", found, lambda verdict, cause=cause: cause in verdict.label.causes)  # type: ignore[misc]
    yield ""
    yield from _wrong(found)


def _join_rows(found: Evaluation, tuned: frozenset[str]) -> Iterator[str]:
    by_story, by_trace = found.by_story, found.by_trace
    labels = [label for label in found.labels if label.story in found.held_out]
    joined, alone = (scores_by_breakage(found.units, groups, labels) for groups in (by_story, by_trace))
    for breakage in (name for name in WORKFLOWS if name in joined):
        yield _row(breakage, joined[breakage], alone[breakage])
    for name, of in (("**all**", found.held_out), ("all, of the other half", tuned)):
        yield _row(name, found.score_by_story(of), found.score_by_trace(of))
    is_traced = [bool(unit.trace_id) for unit in found.units]
    traced = list(compress(found.units, is_traced))
    scored = (score_of(traced, list(compress(groups, is_traced)), found.held_out) for groups in (by_story, by_trace))
    yield _row("all, without n8n's event log", *scored)


def _method_rows(precisions: Precisions) -> Iterator[str]:
    """A row for each method, surest first; of one that told no join here nothing is known."""
    for method in JOIN_METHODS:
        each = precisions.methods.get(method)
        figures = (
            (each.joined, each.right, f"{each.precision:.3f}", f"{each.lower_bound:.3f}") if each else (0, 0, "-", "-")
        )
        yield f"| {method} | " + " | ".join(map(str, figures)) + " |"


def _row(name: str, joined: PairScore, alone: PairScore) -> str:
    figures = (joined.precision, joined.recall, alone.precision, alone.recall)
    return f"| {name} | {joined.true} | " + " | ".join(map(_figure, figures)) + " |"


def _figure(value: float | None) -> str:
    return "none joined" if value is None else f"{value:.3f}"


def _missed(found: Evaluation) -> Iterator[str]:
    """Stories of the held-out half that were not put together whole."""
    groups = dict(zip(found.units, found.by_story, strict=True))
    yield "Not joined whole:"
    yield ""
    is_whole = True
    for label in found.labels:
        parts = {group for unit, group in groups.items() if unit.truth == label.story}
        if label.story in found.held_out and len(parts) > 1:
            is_whole = False
            yield f"- {label.breakage} with {label.fault} ({label.mode}): {len(parts)} parts"
    yield "- none" if is_whole else ""
    yield ""


def _wrong(found: Evaluation) -> Iterator[str]:
    yield "Named wrongly by the engine:"
    yield ""
    wrong = [each for each in found.verdicts if each.label.story in found.held_out and not each.is_right(METHODS[0])]
    for each in wrong:
        label = each.label
        yield f"- {label.breakage} with {label.fault} ({label.mode}): {each.named[METHODS[0]]}, not {' or '.join(label.causes) or None}"
    if not wrong:
        yield "- none"


def _causes(name: str, found: Evaluation, which: Callable[[Verdict], bool]) -> str:
    chosen = [verdict for verdict in found.verdicts if verdict.label.story in found.held_out]
    cells = []
    for method in METHODS:
        right, of = share_right(chosen, method, which)
        cells.append(f"{right} of {of} ({right / of:.2f})" if of else "none")
    return f"| {name} | " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=RECORDED, help="the recording")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name} and {PRECISIONS.name}")
    options = parser.parse_args()
    found = evaluate(options.folder)
    text = page(found)
    print(text)  # noqa: T201
    if options.write:
        PAGE.write_text(text, encoding="utf-8")
        PRECISIONS.write_text(format_precisions(precisions_of(found)), encoding="utf-8")


if __name__ == "__main__":
    main()
