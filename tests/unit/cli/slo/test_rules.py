"""correlator slo rules."""

import json
from pathlib import Path

from correlator.cli.exits import ExitCode
from correlator.pipeline.rules.files import shipped_rules
from tests.unit.cli.conftest import Cli
from tests.unit.slo.openslo.documents import GOOD


def test_the_rules_of_an_objective_are_those_that_build_writes(cli: Cli) -> None:
    """Byte for byte, so that they can be piped into a file."""
    answer = cli("slo", "rules", "bridge-availability")
    assert answer.exit_code == ExitCode.DONE
    assert answer.stdout == (shipped_rules("prometheus") / "slo" / "bridge-availability.rules.yaml").read_text()


def test_without_an_id_the_objectives_are_listed(cli: Cli) -> None:
    """Those that the engine would have in force, and what to do with one."""
    answer = cli("slo", "rules", COLUMNS="200")
    assert answer.exit_code == ExitCode.DONE
    assert "bridge-availability" in answer.stdout.splitlines()
    assert "correlator rules build" in answer.stdout


def test_objectives_of_ones_own_are_read_from_a_path(cli: Cli, tmp_path: Path) -> None:
    """Instead of those in force."""
    (tmp_path / "a.yaml").write_text(GOOD.replace("0.999", "0.99"))
    listed = cli("slo", "rules", "--from", tmp_path, "--json")
    assert json.loads(listed.stdout) == ["bridge-availability"]
    told = json.loads(cli("slo", "rules", "bridge-availability", "--from", tmp_path, "--json").stdout)
    assert "vector(0.99)" in told["rules"]


def test_an_objective_that_is_not_there_is_named_with_the_remedy(cli: Cli) -> None:
    """Not an empty file of rules."""
    answer = cli("slo", "rules", "bridge-availabilty")
    assert answer.exit_code == ExitCode.FOUND_PROBLEM
    assert "no objective bridge-availabilty; `correlator slo rules` lists" in answer.stderr


def test_a_mistake_ends_it(cli: Cli, tmp_path: Path) -> None:
    """With file and line."""
    (tmp_path / "a.yaml").write_text(GOOD.replace("0.999", "99.9"))
    answer = cli("slo", "rules", "--from", tmp_path)
    assert answer.exit_code == ExitCode.FOUND_PROBLEM
    assert f"{tmp_path / 'a.yaml'}:21: " in answer.stderr


def test_a_path_that_names_nothing_is_wrong_use(cli: Cli, tmp_path: Path) -> None:
    """As in `rules build`: there is no line to correct."""
    answer = cli("slo", "rules", "--from", tmp_path / "gone")
    assert answer.exit_code == ExitCode.WRONG_USE
    assert (
        answer.stderr
        == f"correlator: {tmp_path / 'gone'}: there is no such file or folder; name one that holds rules\n"
    )


def test_a_folder_without_objectives_lists_none(cli: Cli, tmp_path: Path) -> None:
    """And offers to print none."""
    assert cli("slo", "rules", "--from", tmp_path).stdout == "no objectives\n"
