"""How well records were joined: what the stitcher made of the units, and what their trace ids alone make of them."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from correlator.model.story import Story
from correlator.model.trace import SAME_TRACE_ID
from tests.corpus.pairs import PairScore, score
from tests.corpus.plan import SEED
from tests.corpus.recording import Label
from tests.corpus.units import Unit


@dataclass(frozen=True, slots=True)
class MethodCount:
    """Joins that a method made, and how many of them were right."""

    joined: int = 0
    right: int = 0

    def __add__(self, other: "MethodCount") -> "MethodCount":
        return MethodCount(self.joined + other.joined, self.right + other.right)


def held_out(labels: Sequence[Label], seed: int = SEED) -> frozenset[str]:
    """The half of the stories, drawn by `seed`, on which no rule was tuned."""
    stories = sorted(label.story for label in labels)
    return frozenset(random.Random(seed).sample(stories, len(stories) // 2))


def groups_by_trace(units: Sequence[Unit]) -> list[str]:
    """What trace ids alone tell: units of one trace are together, one without a trace is alone."""
    return [unit.trace_id or f"{unit.system} {unit.name}" for unit in units]


def groups_by_story(units: Sequence[Unit], stories: Iterable[Story]) -> list[str]:
    """What the stitcher tells."""
    story_of_trace: dict[str, str] = {}
    story_of_log: dict[tuple[int, int], str] = {}
    for story in stories:
        story_of_trace |= dict.fromkeys(story.trace_ids, story.story_id)
        story_of_log |= {(log.position, log.row): story.story_id for log in story.logs}
    return [_group(unit, story_of_trace, story_of_log) for unit in units]


def scores_by_breakage(units: Sequence[Unit], groups: Sequence[str], labels: Iterable[Label]) -> dict[str, PairScore]:
    """Breakage to the score over the pairs of units in which one of these stories takes part."""
    stories: dict[str, set[str]] = defaultdict(set)
    for label in labels:
        stories[label.breakage].add(label.story)
    return {breakage: score_of(units, groups, of) for breakage, of in stories.items()}


def score_of(units: Sequence[Unit], groups: Sequence[str], of: AbstractSet[str]) -> PairScore:
    """The score over the pairs of units in which one of the stories `of` takes part, each pair counted once."""
    return score([unit.truth for unit in units], groups, of)


def joins_by_method(units: Sequence[Unit], stories: Iterable[Story], of: frozenset[str]) -> dict[str, MethodCount]:
    """Method to the joins that it made with a part of the stories `of`: two traces, or a log's execution and a trace.

    For `same_trace_id`, two units of one trace.
    """
    truth_of_trace = _truth_of_traces(units)
    counts: dict[str, MethodCount] = defaultdict(MethodCount)
    for trace in truth_of_trace.values():
        for first in range(len(trace)):
            for second in trace[first + 1 :]:
                counts[SAME_TRACE_ID] += _judged(trace[first], second, of)
    for story in stories:
        for method, one, other in _joins(story, truth_of_trace, units):
            counts[method] += _judged(one, other, of)
    return {method: count for method, count in counts.items() if count.joined}


def _group(unit: Unit, of_trace: Mapping[str, str], of_log: Mapping[tuple[int, int], str]) -> str:
    if unit.trace_id:
        return of_trace[unit.trace_id]
    told = Counter(of_log[log] for log in unit.logs if log in of_log)
    return min(told, key=lambda story: (-told[story], story)) if told else f"{unit.system} {unit.name}"


def _truth_of_traces(units: Sequence[Unit]) -> dict[str, list[str]]:
    """Trace id to the truths of its units."""
    truths: dict[str, list[str]] = defaultdict(list)
    for unit in units:
        if unit.trace_id:
            truths[unit.trace_id].append(unit.truth)
    return truths


def _joins(story: Story, truths: Mapping[str, list[str]], units: Sequence[Unit]) -> Iterator[tuple[str, str, str]]:
    """Method, and the truths of the two that it joined."""
    joined = {(edge.method, edge.from_trace_id, edge.to_trace_id) for edge in story.edges}
    for method, one, other in sorted(joined):
        yield method, truths[one][0], truths[other][0]
    of_log = {(log.position, log.row): log for log in story.logs}
    for unit in units:
        methods = {(of_log[log].method, of_log[log].trace_id) for log in unit.logs if log in of_log}
        for method, trace_id in sorted(methods):
            yield method, unit.truth, truths[trace_id][0]


def _judged(one: str, other: str, of: frozenset[str]) -> MethodCount:
    return MethodCount(1, int(one == other)) if one in of or other in of else MethodCount()
