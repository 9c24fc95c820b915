"""GET /api/v1/patterns."""

from pathlib import Path

from correlator.pipeline.patterns.files import PatternFiles
from correlator.pipeline.patterns.patterns import Patterns
from correlator.store.memory import MemoryStore
from correlator.telemetry.metrics import EngineMetrics
from tests.unit.explain.pattern.test_document import GOOD
from tests.unit.serve.api import NOW, Api, make_api


def make_patterned_api(folder: Path) -> tuple[Api, Patterns]:
    metrics = EngineMetrics()
    files = PatternFiles([folder], metrics, with_shipped=False, clock_unix_nano=lambda: NOW)
    patterns = Patterns(files, MemoryStore(), metrics, lambda: NOW)
    return make_api(patterns=patterns), patterns


def test_lists_the_rules_in_force(tmp_path: Path) -> None:
    """With file, line and when they were loaded."""
    (tmp_path / "a.yaml").write_text(GOOD)
    api, _ = make_patterned_api(tmp_path)
    answer = api.get("/api/v1/patterns").json()
    (rule,) = answer["rules"]
    assert (rule["rule_id"], rule["file"], rule["line"], rule["matches"]) == (
        "relay-denied",
        str(tmp_path / "a.yaml"),
        1,
        0,
    )
    assert (answer["loaded_at_unix_nano"], answer["failure"], answer["matches"]) == (NOW, None, [])


def test_says_why_a_change_was_not_taken(tmp_path: Path) -> None:
    """While the rules before it stay in force."""
    (tmp_path / "a.yaml").write_text(GOOD)
    api, patterns = make_patterned_api(tmp_path)
    (tmp_path / "a.yaml").write_text(GOOD.replace("title:", "titel:"))
    for _ in range(2):
        patterns.files.look()
    answer = api.get("/api/v1/patterns").json()
    assert [each["rule_id"] for each in answer["rules"]] == ["relay-denied"]
    assert answer["failure"]["mistakes"][0]["line"] == 2
    assert "unknown key 'titel'" in answer["failure"]["mistakes"][0]["message"]


def test_without_rules_the_list_is_empty(api: Api) -> None:
    """Absence is a normal answer."""
    assert api.get("/api/v1/patterns").json()["rules"] == []
