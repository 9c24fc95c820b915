"""Pairwise precision and recall, held against a loop over all pairs."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.corpus.pairs import PairScore, score

STORIES = st.sampled_from("abcd")
GROUPS = st.sampled_from("1234")


def by_a_loop(truth: list[str], found: list[str], of: set[str]) -> PairScore:
    """Each pair of units of which one is of a story in `of`, one after the other."""
    joined = right = true = 0
    for (story, group), (other_story, other_group) in combinations(zip(truth, found, strict=True), 2):
        if not of & {story, other_story}:
            continue
        joined += group == other_group
        true += story == other_story
        right += group == other_group and story == other_story
    return PairScore(joined, right, true)


@given(st.lists(st.tuples(STORIES, GROUPS), max_size=20), st.sets(STORIES))
def test_score_is_that_of_a_loop_over_all_pairs(units: list[tuple[str, str]], of: set[str]) -> None:
    """Whatever the grouping, and whichever stories are asked about."""
    truth, found = [story for story, _ in units], [group for _, group in units]
    assert score(truth, found, of) == by_a_loop(truth, found, of)


def test_a_join_with_a_story_outside_counts_as_wrong() -> None:
    """A story of the half that is scored, put together with one of the other half, is a mistake of the join."""
    counted = score(["in", "in", "out"], ["1", "1", "1"], {"in"})
    assert (counted.joined, counted.right, counted.true) == (3, 1, 1)
    assert counted.precision == pytest.approx(1 / 3)


def test_pairs_outside_do_not_count() -> None:
    """Neither right nor wrong joins of other stories touch the score."""
    assert score(["in", "out", "out", "other"], ["1", "2", "2", "2"], {"in"}) == PairScore(0, 0, 0)


def test_nothing_joined_has_no_precision() -> None:
    """No figure is better than a perfect one that nothing stands behind."""
    nothing = score(["a", "a"], ["1", "2"], {"a"})
    assert nothing.precision is None
    assert nothing.recall == 0.0
    assert score(["a"], ["1"], {"a"}).recall is None
