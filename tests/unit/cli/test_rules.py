"""correlator rules."""

import json
from pathlib import Path

from correlator.cli.exits import ExitCode
from tests.unit.cli.conftest import Cli
from tests.unit.explain.pattern.test_document import GOOD
from tests.unit.slo.openslo.documents import GOOD as OBJECTIVE


def test_the_shipped_rules_are_good(cli: Cli) -> None:
    """Without a path they are what is checked."""
    answer = cli("rules", "check")
    assert answer.exit_code == ExitCode.DONE
    assert "outer-timeout-first" in answer.stdout
    assert "bridge-availability" in answer.stdout
    assert answer.stdout.endswith("13 rules, 9 objectives, 0 problems\n")


def test_a_mistake_is_a_problem_found(cli: Cli, tmp_path: Path) -> None:
    """Named by file and line; the good rules beside it are told."""
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yaml").write_text(GOOD.replace("title:", "titel:"))
    answer = cli("rules", "check", tmp_path, COLUMNS="300")
    assert answer.exit_code == ExitCode.FOUND_PROBLEM
    assert f"{tmp_path / 'b.yaml'}:2: unknown key 'titel'; did you mean 'title'?" in answer.stdout
    assert "relay-denied" in answer.stdout


def test_a_failing_test_is_a_problem_found(cli: Cli, tmp_path: Path) -> None:
    """The rule is well written, and does not what it should."""
    event = "{at: 0s, system: bridge, kind: log}"
    (tmp_path / "a.yaml").write_text(GOOD + f"tests:\n  should_match:\n    - name: one\n      events: [{event}]\n")
    answer = cli("rules", "check", "--json", tmp_path / "a.yaml")
    assert answer.exit_code == ExitCode.FOUND_PROBLEM
    document = json.loads(answer.stdout)
    assert document["ok"] is False
    assert document["rules"][0]["failures"][0]["line"] == 10


def test_objectives_are_checked_beside_patterns(cli: Cli, tmp_path: Path) -> None:
    """A folder may hold both."""
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yaml").write_text(OBJECTIVE)
    (tmp_path / "c.yaml").write_text(OBJECTIVE.replace("0.999", "99.9"))
    answer = cli("rules", "check", "--json", tmp_path)
    assert answer.exit_code == ExitCode.FOUND_PROBLEM
    document = json.loads(answer.stdout)
    assert [each["rule_id"] for each in document["rules"]] == ["relay-denied"]
    assert [each["objective_id"] for each in document["objectives"]] == ["bridge-availability"]
    (mistake,) = document["mistakes"]
    assert (Path(mistake["file"]).name, mistake["line"]) == ("c.yaml", 21)


def test_a_period_longer_than_the_settings_keep_records_is_a_problem(cli: Cli, tmp_path: Path) -> None:
    """The settings say how long that is."""
    (tmp_path / "a.yaml").write_text(OBJECTIVE)
    config = tmp_path / "settings.conf"
    config.write_text("store: {retention_age: 7d}\n")
    answer = cli("rules", "check", "--config", config, tmp_path, COLUMNS="300")
    assert answer.exit_code == ExitCode.FOUND_PROBLEM
    assert "the period of 30d is longer than records are kept, 7d" in answer.stdout


def test_a_path_that_is_not_there_is_wrong_use(cli: Cli, tmp_path: Path) -> None:
    """Nothing was checked."""
    answer = cli("rules", "check", tmp_path / "none")
    assert answer.exit_code == ExitCode.WRONG_USE
    assert "name one that holds rules" in answer.stderr


def test_a_folder_without_rules_is_a_problem(cli: Cli, tmp_path: Path) -> None:
    """It was hardly meant."""
    assert cli("rules", "check", tmp_path).exit_code == ExitCode.FOUND_PROBLEM
