"""correlator rules build."""

import json
from pathlib import Path

from correlator.cli.exits import ExitCode
from correlator.pipeline.rules.files import shipped_rules
from tests.unit.cli.conftest import Cli
from tests.unit.explain.pattern.test_document import GOOD as PATTERN
from tests.unit.slo.openslo.documents import GOOD, PROMETHEUS, RATIO


def test_the_shipped_rules_are_what_is_built_of_the_shipped_objectives(cli: Cli, tmp_path: Path) -> None:
    """Byte for byte: after a change, run `correlator rules build`."""
    answer = cli("rules", "build", "--out", tmp_path)
    assert answer.exit_code == ExitCode.DONE
    assert answer.stdout.startswith("9 objectives, 18 files in ")
    shipped = shipped_rules("prometheus") / "slo"
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {
        file.name: file.read_text() for file in shipped.iterdir()
    }


def test_a_mistake_leaves_everything_as_it_was(cli: Cli, tmp_path: Path) -> None:
    """Half of the objectives would be no rules to load."""
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yaml").write_text(GOOD.replace("0.999", "99.9"))
    answer = cli("rules", "build", tmp_path, "--out", tmp_path / "out", COLUMNS="300")
    assert answer.exit_code == ExitCode.FOUND_PROBLEM
    assert f"{tmp_path / 'b.yaml'}:21: " in answer.stdout
    assert answer.stdout.endswith("nothing written, 1 problem\n")
    assert not (tmp_path / "out").exists()


def test_patterns_in_the_same_folder_are_passed_over(cli: Cli, tmp_path: Path) -> None:
    """They are no objectives."""
    (tmp_path / "a.yaml").write_text(PATTERN)
    (tmp_path / "b.yaml").write_text(GOOD.replace(RATIO, PROMETHEUS))
    answer = cli("rules", "build", "--json", tmp_path, "--out", tmp_path / "out")
    assert answer.exit_code == ExitCode.DONE
    assert [Path(file).name for file in json.loads(answer.stdout)["written"]] == ["bridge-availability.rules.yaml"]


def test_rules_of_an_objective_that_is_gone_are_named(cli: Cli, tmp_path: Path) -> None:
    """They would go on calling people; files of others are none of ours."""
    out = tmp_path / "out"
    (tmp_path / "a.yaml").write_text(GOOD)
    cli("rules", "build", tmp_path, "--out", out)
    (out / "others.yaml").write_text("groups: []\n")
    (tmp_path / "a.yaml").write_text(GOOD.replace("name: availability", "name: answers"))
    answer = cli("rules", "build", "--json", tmp_path / "a.yaml", "--out", out)
    leftovers = [Path(file).name for file in json.loads(answer.stdout)["leftovers"]]
    assert leftovers == ["bridge-availability.rules.yaml", "bridge-availability.test.yaml"]


def test_a_folder_that_cannot_be_written_is_named_with_the_remedy(cli: Cli, tmp_path: Path) -> None:
    """Here, a file is in its place."""
    (tmp_path / "out").write_text("")
    answer = cli("rules", "build", "--out", tmp_path / "out", COLUMNS="300")
    assert answer.exit_code == ExitCode.CANNOT_REACH
    assert "name a folder that can be written with --out" in answer.stderr


def test_a_folder_without_objectives_is_a_problem(cli: Cli, tmp_path: Path) -> None:
    """It was hardly meant, and a CI would load no rules at all."""
    answer = cli("rules", "build", tmp_path, "--out", tmp_path / "out", COLUMNS="300")
    assert answer.exit_code == ExitCode.FOUND_PROBLEM
    assert answer.stdout == "nothing written, no objective found; name files or folders that hold some\n"
    assert not (tmp_path / "out").exists()
