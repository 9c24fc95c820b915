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


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """Of an engine with two exporters, and no target tempo any more."""
    file = tmp_path / "correlator.yaml"
    file.write_text(
        f"data_dir: {tmp_path}\n"
        'forward: {targets: [{name: jaeger, endpoint: "http://127.0.0.1:1"}]}\n'
        'elasticsearch: {hosts: ["http://127.0.0.1:1"], export: {enabled: true}}\n'
    )
    return file


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


def test_a_list_says_what_it_leaves_out(cli: Cli, letters: DeadLetters, tmp_path: Path) -> None:
    """The oldest are shown."""
    answer = cli("replay", "list", "--data-dir", tmp_path, "--limit", "2")
    last = "the oldest 2 of 3; --limit shows more, `replay summary` counts all"
    assert (answer.stdout.splitlines()[-1], len(answer.stdout.splitlines())) == (last, 5)
    assert json.loads(cli("replay", "list", "--data-dir", tmp_path, "--limit", "2", "--json").stdout)["count"] == 3


def test_targets_and_reasons_are_counted(cli: Cli, letters: DeadLetters, settings: Path) -> None:
    """Those that the settings name without any, too, and those that are no more in them."""
    letters.ask_again([3], None)
    answer = cli("replay", "summary", "--config", settings)
    assert (answer.exit_code, answer.stdout.splitlines()) == (
        ExitCode.DONE,
        [
            "jaeger: 2 dead letters, 4 bytes, 1 to be sent again",
            "  2 since 2025-10-09 08:53:20Z: answers 404: no",
            "tempo: 1 dead letter, 2 bytes, not in these settings",
            "  1 since 2025-10-09 08:53:20Z: answers 404: no",
            "elasticsearch/conclusions: no dead letters",
            "elasticsearch/records: no dead letters",
        ],
    )
    told = json.loads(cli("replay", "summary", "--config", settings, "--target", "jaeger", "--json").stdout)
    assert (told["count"], told["configured"]) == (2, ["jaeger"])
    assert [(each["target"], each["reason"], each["count"]) for each in told["groups"]] == [
        ("jaeger", "answers 404: no", 2)
    ]


def test_many_reasons_are_cut_short(cli: Cli, tmp_path: Path) -> None:
    """The most frequent are what one looks for."""
    refused = [RefusedPart(Parcel(each, "logs/json", 1, b"x"), f"answers {each}") for each in range(400, 412)]
    DeadLetters(tmp_path).add("jaeger", refused, REFUSED_AT)
    lines = cli("replay", "summary", "--data-dir", tmp_path).stdout.splitlines()
    assert (len(lines), lines[-1]) == (12, "  and 2 further reasons")


@pytest.mark.parametrize("command", [("summary",), ("list",), ("send", "--all"), ("drop", "--all")])
def test_a_target_that_is_none_is_refused(
    cli: Cli, letters: DeadLetters, settings: Path, command: tuple[str, ...]
) -> None:
    """With those that there are: configured, or with letters kept."""
    answer = cli("replay", *command, "--target", "jeager", "--config", settings)
    assert (answer.exit_code, answer.stdout) == (ExitCode.WRONG_USE, "")
    known = "elasticsearch/conclusions, elasticsearch/records, jaeger, tempo"
    assert f"no target 'jeager': there are {known};" in answer.stderr
    assert letters.count(None) == 3


def test_where_nothing_was_ever_kept_a_target_is_known_by_the_settings(cli: Cli, settings: Path) -> None:
    """And by nothing else."""
    assert cli("replay", "list", "--target", "jaeger", "--config", settings).stdout == "no dead letters\n"
    answer = cli("replay", "list", "--target", "tempo", "--data-dir", settings.parent)
    assert (answer.exit_code, answer.stderr.count("no target 'tempo': there is none;")) == (ExitCode.WRONG_USE, 1)


@pytest.mark.parametrize("command", ["send", "drop"])
def test_a_dry_run_changes_nothing(cli: Cli, letters: DeadLetters, settings: Path, command: str) -> None:
    """It shows what would be chosen."""
    before = letters.all()
    answer = cli("replay", command, "1", "2", "--dry-run", "--config", settings)
    assert answer.exit_code == ExitCode.DONE
    assert answer.stdout.splitlines()[::2] == [
        "jaeger: 1 dead letter, 1 bytes",
        "tempo: 1 dead letter, 2 bytes, not in these settings",
    ]
    answer = cli("replay", command, "--all", "--target", "jaeger", "--dry-run", "--json", "--config", settings)
    assert json.loads(answer.stdout)["count"] == 2
    assert letters.all() == before


def test_who_sends_to_nobody_is_told(cli: Cli, letters: DeadLetters, settings: Path) -> None:
    """The letters wait for an engine that has the target."""
    answer = cli("replay", "send", "--all", "--config", settings)
    assert (answer.exit_code, answer.stdout) == (ExitCode.DONE, "3 dead letters to be sent again\n")
    assert answer.stderr.count("nobody sends to") == answer.stderr.count("nobody sends to 'tempo' now") == 1


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
def test_an_id_that_is_not_there_is_a_problem_found(
    cli: Cli, letters: DeadLetters, tmp_path: Path, command: str
) -> None:
    """The others are done; one of another target is not there."""
    answer = cli("replay", command, "1", "2", "99", "--target", "jaeger", "--data-dir", tmp_path)
    assert (answer.exit_code, answer.stdout.startswith("1 dead letter ")) == (ExitCode.FOUND_PROBLEM, True)
    assert "2 of these IDs not found" in answer.stderr


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


@pytest.mark.parametrize("command", [("summary",), ("list",), ("send", "--all"), ("drop", "--all")])
def test_a_store_that_nothing_is_delivered_from_has_none(
    cli: Cli, letters: DeadLetters, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """Where a folder is named, what an engine left in it is looked after."""
    file = tmp_path / "correlator.yaml"
    file.write_text('store: {kind: elasticsearch}\nelasticsearch: {hosts: ["http://127.0.0.1:1"]}\n')
    answer = cli("replay", *command, "--config", file)
    assert (answer.exit_code, answer.stdout) == (ExitCode.WRONG_USE, "")
    assert "store.kind is elasticsearch" in answer.stderr
    assert "--data-dir" in answer.stderr
    assert cli("replay", *command, "--config", file, "--data-dir", tmp_path).exit_code == ExitCode.DONE


def test_a_folder_without_any_says_so(cli: Cli, tmp_path: Path) -> None:
    """And one that is not there cannot be reached."""
    assert cli("replay", "list", "--data-dir", tmp_path).stdout == "no dead letters\n"
    assert list(tmp_path.iterdir()) == []
    answer = cli("replay", "list", "--data-dir", tmp_path / "gone")
    assert answer.exit_code == ExitCode.CANNOT_REACH
    assert "--data-dir" in answer.stderr
