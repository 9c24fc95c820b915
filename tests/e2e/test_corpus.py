"""The recorded corpus, played through the engine's doors: how well joins and causes are found, held to what the docs say."""

import pytest

from correlator.correlate.stitch import format_precisions
from tests.corpus.causes import DEEPEST, EARLIEST, ENGINE, share_right
from tests.corpus.evaluate import PAGE, PRECISIONS, Evaluation, evaluate, page, precisions_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
LEAST_PRECISION = 0.99
LEAST_RECALL = 0.95


@pytest.fixture(scope="module")
def found() -> Evaluation:
    """One evaluation for all tests here: it replays some thousand requests."""
    return evaluate()


def test_joins_are_right_and_complete_on_the_stories_that_no_rule_was_tuned_on(found: Evaluation) -> None:
    """Pairwise over the held-out half, with all other stories in the store as well."""
    score = found.score_by_story(found.held_out)
    assert score.precision is not None
    assert score.recall is not None
    assert score.precision >= LEAST_PRECISION
    assert score.recall >= LEAST_RECALL


def test_joining_finds_more_than_trace_ids_alone(found: Evaluation) -> None:
    """Without stitching most pairs of a broken story stay apart."""
    alone = found.score_by_trace(found.held_out)
    assert alone.recall is not None
    assert alone.recall < (found.score_by_story(found.held_out).recall or 0)


def test_the_engine_names_causes_better_than_the_naive_ways(found: Evaluation) -> None:
    """Top-1 by system on the held-out half, beside the earliest error and the deepest failing span."""
    held_out = [verdict for verdict in found.verdicts if verdict.label.story in found.held_out]
    right = {method: share_right(held_out, method, lambda _: True)[0] for method in (ENGINE, EARLIEST, DEEPEST)}
    assert right[ENGINE] > max(right[EARLIEST], right[DEEPEST])


def test_the_page_and_the_precisions_are_what_the_corpus_gives(found: Evaluation) -> None:
    """docs/accuracy.md and the stitcher's file are written by `python -m tests.corpus.evaluate --write`, never by hand."""
    assert PAGE.read_text(encoding="utf-8") == page(found)
    assert PRECISIONS.read_text(encoding="utf-8") == format_precisions(precisions_of(found))


def test_the_corpus_holds_every_breakage_and_enough_stories(found: Evaluation) -> None:
    """Twelve breakages and none, with every fault: at least 300 executions, each with units of its own."""
    assert len(found.labels) >= 300
    assert len({label.breakage for label in found.labels}) == 13
    assert {unit.truth for unit in found.units} >= {label.story for label in found.labels if label.trace_ids}
