"""What was refused for good, in its file."""

from pathlib import Path

import pytest

from correlator.errors import StoreError
from exporters.delivery import DeadLetters, LetterGroup, Parcel, RefusedPart
from exporters.delivery.dead_letters import FILE


@pytest.fixture
def letters(tmp_path: Path) -> DeadLetters:
    return DeadLetters(tmp_path)


def parcel(number: int) -> Parcel:
    return Parcel(number, "logs/json", 100 + number, b"x" * number)


def test_they_are_kept_over_a_restart_and_shown_to_another_process(letters: DeadLetters, tmp_path: Path) -> None:
    """Beside the engine that has the file open, as the command line does."""
    letters.add("a", [RefusedPart(parcel(1), "answers 400")], 5)
    letters.add("b", [RefusedPart(parcel(2), "answers 413")], 6)
    beside = DeadLetters(tmp_path)
    assert beside.all() == letters.all()
    (letter,) = beside.all("b")
    assert (letter.target, letter.kind, letter.arrival_unix_nano, letter.size) == ("b", "logs/json", 102, 2)
    assert (letter.reason, letter.refused_at_unix_nano, letter.is_asked_again) == ("answers 413", 6, 0)
    assert beside.ask_again([letter.id], None) == 1
    again = letters.next_asked_again("b")
    assert again is not None
    assert (again.id, again.parcel) == (letter.id, parcel(2))
    assert letters.next_asked_again("a") is None


def test_only_what_was_chosen_is_changed(letters: DeadLetters) -> None:
    """By id, by target, by both; nothing by no id."""
    for number in range(1, 5):
        letters.add("a" if number % 2 else "b", [RefusedPart(parcel(number), "no")], number)
    assert letters.drop([], None) == 0
    assert letters.drop([1, 2], "b") == 1
    assert letters.ask_again(None, "a") == 2
    assert [each.is_asked_again for each in letters.all()] == [1, 1, 0]
    assert (letters.count("a"), letters.count("b")) == (2, 1)
    assert [each.id for each in letters.all(limit=2)] == [1, 3]
    assert letters.drop(None, None) == 3


def test_what_a_crash_had_sent_twice_is_one_letter(letters: DeadLetters) -> None:
    """And two parts of one request are two."""
    first, second = parcel(1), Parcel(1, "logs/json", 101, b"y")
    assert letters.add("a", [RefusedPart(first, "no"), RefusedPart(second, "no")], 5) == 2
    assert letters.add("a", [RefusedPart(first, "no"), RefusedPart(parcel(2), "no")], 6) == 1
    assert [each.refused_at_unix_nano for each in letters.all("a")] == [5, 5, 6]
    assert letters.add("b", [RefusedPart(first, "no")], 6) == 1


def test_bounds_are_those_of_one_target(letters: DeadLetters) -> None:
    """The newest are kept up to the size, and nothing that is too old."""
    for number in range(1, 7):
        letters.add("a", [RefusedPart(Parcel(number, "logs/json", 100, b"four"), "no")], number)
        letters.add("b", [RefusedPart(Parcel(number, "logs/json", 100, b"four"), "no")], number)
    assert letters.keep_within("a", 9, 0) == 4
    assert letters.keep_within("a", 9, 6) == 1
    assert (letters.count("a"), letters.count("b")) == (1, 6)


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    """With what to do."""
    (tmp_path / FILE).write_bytes(b"something else, and long enough to be read as a header" * 20)
    with pytest.raises(StoreError, match=r"dead_letters\.sqlite cannot be used"):
        DeadLetters(tmp_path)


def test_they_are_counted_by_target_and_reason(letters: DeadLetters) -> None:
    """The most frequent first; of those that were chosen, or of all."""
    for number, (target, reason) in enumerate((("b", "x"), ("a", "x"), ("a", "y"), ("a", "y"), ("b", "x")), start=1):
        letters.add(target, [RefusedPart(parcel(number), reason)], 10 * number)
    letters.ask_again([2, 4], None)
    assert letters.groups(None, None) == (
        LetterGroup("a", "y", count=2, size=7, asked_again=1, first_refused_at_unix_nano=30),
        LetterGroup("a", "x", count=1, size=2, asked_again=1, first_refused_at_unix_nano=20),
        LetterGroup("b", "x", count=2, size=6, asked_again=0, first_refused_at_unix_nano=10),
    )
    assert [(each.target, each.count) for each in letters.groups([1, 2, 3], "a")] == [("a", 1), ("a", 1)]
    assert letters.groups([], None) == ()
    assert letters.count(None) == 5
