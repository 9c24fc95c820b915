"""The guide's example is what it says."""

import re
from pathlib import Path

import pytest

from correlator.cli.exits import ExitCode
from correlator.slo.gates import PAGE_GATE, TICKET_GATE
from correlator.slo.openslo import RuleFile, read_objectives
from tests.unit.cli.conftest import Cli

GUIDE = (Path(__file__).parents[3] / "docs" / "how-to" / "write-an-objective.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
(OBJECTIVE,) = (block for block in BLOCKS if "apiVersion:" in block)
(ANNOTATIONS,) = (block for block in BLOCKS if "annotations:" in block)


def test_the_example_passes_as_the_guide_shows(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Word for word."""
    (tmp_path / "slo").mkdir()
    (tmp_path / "slo" / "orders.yaml").write_text(OBJECTIVE)
    monkeypatch.chdir(tmp_path)
    answer = cli("rules", "check", "slo")
    assert answer.exit_code == ExitCode.DONE
    (shown,) = re.findall(r"\$ correlator rules check slo\n(.*?)```", GUIDE, re.DOTALL)
    assert answer.stdout == shown


def test_the_gates_shown_are_the_usual_ones() -> None:
    """Written out, they change nothing."""
    text = OBJECTIVE.replace("metadata:\n  name", f"{ANNOTATIONS}  name", 1)
    document = read_objectives([RuleFile("a.yaml", text)])
    assert document.mistakes == ()
    objective = document.objectives[0].objective
    assert (objective.page_gate, objective.ticket_gate) == (PAGE_GATE, TICKET_GATE)
