"""The ready-made objectives."""

from pathlib import Path

from correlator.slo.openslo import RuleFile, read_objectives

FOLDER = Path(__file__).parents[4] / "rules" / "slo"
FILES = [RuleFile(path.name, path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yaml"))]


def test_they_are_good_with_records_kept_for_thirty_days() -> None:
    """The retention that the engine has by itself."""
    document = read_objectives(FILES, 30 * 86_400)
    assert document.mistakes == ()
    assert [each.objective.id for each in document.objectives] == [
        "bridge-availability",
        "bridge-latency",
        "n8n-workflow-availability",
        "n8n-workflow-success",
        "n8n-workflow-silent-failures",
        "queue-errors",
        "queue-latency",
        "worker-errors",
        "worker-latency",
    ]


def test_no_two_call_for_the_same_fault() -> None:
    """One source has one objective for each kind of harm."""
    sources = [each.objective.source for each in read_objectives(FILES).objectives]
    assert len(set(sources)) == len(sources)
