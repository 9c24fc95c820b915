"""docs/how-to/report-compliance.md shows what is really told."""

from pathlib import Path

from tests.unit.pipeline.slo.report.pages import GOLDEN

GUIDE = Path(__file__).parents[5] / "docs" / "how-to" / "report-compliance.md"


def test_the_guide_shows_the_report_of_the_golden_files() -> None:
    """Line by line; links are left out, since there they lead nowhere."""
    told = (GOLDEN / "day.md").read_text(encoding="utf-8")
    guide = GUIDE.read_text(encoding="utf-8")
    shown = guide.split("--of 2026-11-20\n", 1)[1].split("```", 1)[0]
    assert told.startswith(shown)
    rows = [line for line in guide.splitlines() if line.startswith(("| e1-", "| not explained", "| all"))]
    plain = told.replace("](https://correlator.example.com/api/v1/incidents/", "](").replace("[", "")
    for row in rows:
        key = row.split("|")[1].strip()
        assert row in plain.replace(f"{key}]({key})", key)
    assert len(rows) == 4
