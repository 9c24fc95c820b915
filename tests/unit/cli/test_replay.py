"""correlator replay."""

import json
from pathlib import Path

import pytest

from correlator.cli.exits import ExitCode
from exporters.delivery import DeadLetters, Parcel, RefusedPart
from tests.unit.cli.conftest import Cli

REFUSED_AT = 1_760_000_000_000_000_000


@pytest.fixture
def letters(tmp_path: Path) -> DeadLetters:
    """Two of jaeger, one of tempo, in a file that an engine has open."""
    letters = DeadLetters(tmp_path)
    for number, target in enumerate(("jaeger", "tempo", "jaeger"), start=1):
        refused = Parcel(number, "logs/protobuf", REFUSED_AT, b"x" * number)
        letters.add(target, [RefusedPart(refused, "answers 404: no")], REFUSED_AT)
    return letters


def test_each_is_listed_with_its_reason(cli: Cli, letters: DeadLetters, tmp_path: Path) -> None:
    """As text and as JSON, of one target or of all."""
    letters.ask_again([3], None)
    answer = cli("replay", "list", "--data-dir", tmp_path, "--target", "jaeger")
    assert (answer.exit_code, answer.stdout.splitlines()) == (
        ExitCode.DONE,
        [
            "1  jaeger  logs/protobuf  1 bytes  2025-10-09 08:53:20Z",
            "  answers 404: no",
            "3  jaeger  logs/protobuf  3 bytes  2025-10-09 08:53:20Z  to be sent again",
            "  answers 404: no",
        ],
    )
    answer = cli("replay", "list", "--data-dir", tmp_path, "--json")
    assert [each["target"] for each in json.loads(answer.stdout)["dead_letters"]] == ["jaeger", "tempo", "jaeger"]


def test_those_that_were_chosen_are_sent_again(cli: Cli, letters: DeadLetters, tmp_path: Path) -> None:
    """By id, or all of a target."""
    answer = cli("replay", "send", "2", "--data-dir", tmp_path)
    assert (answer.exit_code, answer.stdout) == (ExitCode.DONE, "1 dead letter to be sent again\n")
    answer = cli("replay", "send", "--all", "--target", "jaeger", "--data-dir", tmp_path, "--json")
    assert json.loads(answer.stdout) == {"count": 2}
    assert [each.is_asked_again for each in letters.all()] == [1, 1, 1]


def test_those_that_were_chosen_are_dropped(cli: Cli, letters: DeadLetters, tmp_path: Path) -> None:
    """And one that is not there is a problem found."""
    assert cli("replay", "drop", "1", "3", "--data-dir", tmp_path).stdout == "2 dead letters dropped\n"
    answer = cli("replay", "drop", "1", "--data-dir", tmp_path)
    assert (answer.exit_code, answer.stdout) == (ExitCode.FOUND_PROBLEM, "0 dead letters dropped\n")
    assert [each.id for each in letters.all()] == [2]


@pytest.mark.parametrize("command", ["send", "drop"])
@pytest.mark.parametrize("given", [(), ("1", "--all")])
def test_which_ones_must_be_said(
    cli: Cli, letters: DeadLetters, tmp_path: Path, command: str, given: tuple[str]
) -> None:
    """Nothing goes by mistake."""
    answer = cli("replay", command, *given, "--data-dir", tmp_path)
    assert answer.exit_code == ExitCode.WRONG_USE
    assert "Give their IDs, or --all" in answer.stderr
    assert len(letters.all()) == 3


def test_a_folder_without_any_says_so(cli: Cli, tmp_path: Path) -> None:
    """And one that is not there cannot be reached."""
    assert cli("replay", "list", "--data-dir", tmp_path).stdout == "no dead letters\n"
    assert list(tmp_path.iterdir()) == []
    answer = cli("replay", "list", "--data-dir", tmp_path / "gone")
    assert answer.exit_code == ExitCode.CANNOT_REACH
    assert "--data-dir" in answer.stderr
