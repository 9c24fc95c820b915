"""Files of rules/elasticsearch as Kibana's rules."""

import json
import uuid
from pathlib import Path

import pytest

from correlator.cli.exits import CommandFailed
from correlator.cli.kibana.alerts import alert_id, alert_of, read_alert, shipped_alerts

GOLDEN = Path(__file__).parent / "alerts.golden.json"
FILE = """
id: too-many
title: too many
index: [logs-*, correlator-incidents*]
query: {term: {a: b}}
window: 2h
when: ">="
threshold: 7
group_by: [service.name]
groups: 5
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An alert of one field."""
    (tmp_path / "too-many.yaml").write_text(FILE)
    return tmp_path / "too-many.yaml"


def test_the_bodies_are_those_of_the_golden_file() -> None:
    """What POST /api/alerting/rule/{id} gets, of each ready-made alert; a change is looked at before it is written there."""
    bodies = {f"POST /api/alerting/rule/{alert.id}": alert.body for alert in shipped_alerts("correlator")}
    assert bodies == json.loads(GOLDEN.read_text(encoding="utf-8"))


def test_a_file_comes_to_a_rule(file: Path) -> None:
    """Window and groups in Kibana's words, the engine's own prefix on what it concludes."""
    alert = alert_of(read_alert(file), "blue")
    assert alert.title == "correlator: too many"
    params = alert.body["params"]
    assert params["index"] == ["logs-*", "blue-incidents*"]
    assert json.loads(params["esQuery"]) == {"query": {"term": {"a": "b"}}}
    assert (params["timeWindowSize"], params["timeWindowUnit"]) == (2, "h")
    assert (params["thresholdComparator"], params["threshold"]) == (">=", [7])
    assert (params["groupBy"], params["termField"], params["termSize"]) == ("top", "service.name", 5)


def test_an_id_is_a_uuid_that_kibana_takes_and_stays_the_same() -> None:
    """Version 4, by the name alone."""
    assert uuid.UUID(alert_id("a")).version == 4
    assert alert_id("a") == alert_id("a") != alert_id("b")


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("threshold: 7", "treshold: 7"), ("window: 2h", "window: 2 hours"), ("id: too-many", "id: Too many"), ("index: [", "index: ]")],
)  # fmt: skip
def test_a_mistake_names_its_file(file: Path, right: str, wrong: str) -> None:
    """An unknown key, a bad value, no YAML."""
    file.write_text(FILE.replace(right, wrong))
    with pytest.raises(CommandFailed, match=r"too-many.yaml is no alert"):
        read_alert(file)
