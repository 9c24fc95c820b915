"""Topics and patterns, as AMQP has them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator.errors import InvalidInput
from correlator.workflows.topics import check_pattern, incident_topic, matches, workflow_topic


@pytest.mark.parametrize(
    ("pattern", "topic", "is_match"),
    [
        ("#", "workflow.1.failed", True),
        ("workflow.*.failed", "workflow.1.failed", True),
        ("workflow.*.failed", "workflow.1.2.failed", False),
        ("workflow.*", "workflow.1.failed", False),
        ("workflow.#", "workflow.1.failed", True),
        ("workflow.#", "workflow", True),
        ("#.failed", "workflow.1.failed", True),
        ("workflow.#.failed", "workflow.failed", True),
        ("#.1.#", "workflow.1.failed", True),
        ("incident.#", "workflow.1.failed", False),
        ("workflow.1.failed", "workflow.1.failed", True),
        ("workflow.1.failed", "workflow.1.completed", False),
    ],
)
def test_star_is_one_word_and_hash_any_number(pattern: str, topic: str, is_match: bool) -> None:
    """None too."""
    assert matches(pattern, topic) is is_match


words = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=6)


@given(st.lists(st.sampled_from(["a", "b", "*", "#"]), min_size=1, max_size=6), words)
def test_it_matches_what_a_regular_expression_does(pattern: list[str], topic: list[str]) -> None:
    """The slow way, on words that end with a dot each."""
    parts = {"*": r"[^.]+\.", "#": r"(?:[^.]+\.)*"}
    slow = re.fullmatch(
        "".join(parts.get(word, f"{word}\\.") for word in pattern), "".join(f"{word}." for word in topic)
    )
    assert matches(".".join(pattern), ".".join(topic)) is (slow is not None)


@pytest.mark.parametrize("pattern", ["", ".", "a..b", "a.", "workflow.*failed", "a.b#", "x" * 301, ".".join("a" * 17)])
def test_what_can_match_nothing_is_refused(pattern: str) -> None:
    """With the words that would do."""
    with pytest.raises(InvalidInput, match="is no pattern"):
        check_pattern(pattern)


def test_an_id_is_one_word_whatever_is_in_it() -> None:
    """n8n's are letters and digits; others' need not be."""
    assert workflow_topic("a.b", "failed") == "workflow.a_b.failed"
    assert incident_topic("c1-5d41-1", "opened") == "incident.c1-5d41-1.opened"
