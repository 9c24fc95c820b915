"""Globs."""

import time

import pytest

from correlator.rule_text.glob import Glob, containing, overlap


@pytest.mark.parametrize(
    ("glob", "text", "fits"),
    [
        ("Timeout", "timeout", True),
        ("Timeout", "TimeoutError", False),
        ("*Timeout*", "ReadTimeoutError", True),
        ("a*b*c", "a-b-b-c", True),
        ("a*b*c", "acb", False),
        ("ab*ba", "aba", False),
        ("*", "", True),
        ("POST /api/*/jobs", "POST /api/v1/jobs", True),
        ("[a-z]?", "[a-z]?", True),
        ("[a-z]?", "bc", False),
    ],
)
def test_a_star_stands_for_anything(glob: str, text: str, fits: bool) -> None:
    """And no other character does; case is ignored."""
    assert Glob(glob).matches(text) is fits


def test_a_part_may_be_anywhere() -> None:
    """Messages are matched by what they contain."""
    assert containing("signal 9").matches("exited prematurely: signal 9 (SIGKILL)")


def test_no_pattern_takes_long() -> None:
    """What makes backtracking matchers hang: many stars, and a text that nearly fits."""
    started = time.thread_time()
    assert not Glob("*a" * 99 + "b").matches("a" * 100_000)
    assert time.thread_time() - started < 1.0


def test_only_the_beginning_of_a_text_is_looked_at() -> None:
    """What follows is payload."""
    assert not containing("late").matches("x" * 5_000 + "late")


@pytest.mark.parametrize(
    ("one", "other", "may"),
    [("a", "A", True), ("a", "b", False), ("a*", "abc", True), ("a*", "b", False), ("a*", "*b", True)],
)
def test_tells_whether_two_may_fit_one_text(one: str, other: str, may: bool) -> None:
    """True where it is not easily told."""
    assert overlap(Glob(one), Glob(other)) is may
