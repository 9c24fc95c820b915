"""The guide's example is what it says."""

import re
from pathlib import Path

import pytest

from correlator.cli.exits import ExitCode
from correlator.settings import load_settings
from tests.unit.cli.conftest import Cli

GUIDE = (Path(__file__).parents[3] / "docs" / "how-to" / "write-a-pattern.md").read_text(encoding="utf-8")
RULE, SETTINGS = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)


def test_the_example_passes_as_the_guide_shows(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Word for word."""
    (tmp_path / "patterns").mkdir()
    (tmp_path / "patterns" / "relay-denied.yaml").write_text(RULE)
    monkeypatch.chdir(tmp_path)
    answer = cli("rules", "check", "patterns")
    assert answer.exit_code == ExitCode.DONE
    (shown,) = re.findall(r"\$ correlator rules check patterns\n(.*?)```", GUIDE, re.DOTALL)
    assert answer.stdout == shown


def test_the_settings_are_read(tmp_path: Path) -> None:
    """As they stand."""
    file = tmp_path / "correlator.yaml"
    file.write_text(SETTINGS)
    assert load_settings(file).patterns.folders == (Path("patterns"),)
