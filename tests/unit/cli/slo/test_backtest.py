"""correlator slo backtest, on a folder that files were taken into."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.story_history import MINUTE, History, requests
from tests.unit.cli.conftest import Cli

BEGIN = 1_795_234_020 * 10**9  # a whole minute, 2026-11-21
SHIPPED = Path(__file__).parents[4] / "rules"
BRIDGE = SHIPPED / "slo" / "bridge.yaml"
PROMETHEUS = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: checkout}
spec:
  service: shop
  indicator:
    metadata: {name: checkouts}
    spec:
      ratioMetric:
        counter: true
        total: {metricSource: {type: Prometheus, spec: {query: "checkouts_total"}}}
        good: {metricSource: {type: Prometheus, spec: {query: "checkouts_good_total"}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.999}]
"""
PATTERN = """\
id: bridge-lost-its-database
title: The bridge lost its database
severity: critical
within: 60s
steps:
  - {system: bridge, error_type: DatabaseGone}
suggest: Look at the database.
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two hours of stories, two a minute; for ten minutes the bridge is out. No engine ever ran."""
    files = tmp_path_factory.mktemp("stories")
    for number, body in enumerate(requests(History(BEGIN, 120, 30, (60, 70)))):
        (files / f"{number}.pb").write_bytes(body)
    taken = Cli()("ingest", *sorted(files.iterdir()), "--data-dir", files / "data")
    assert taken.exit_code == 0, taken.output
    return files / "data"


def known(tmp_path: Path) -> Path:
    """The outage, as somebody wrote it down."""
    file = tmp_path / "outages.json"
    file.write_text(json.dumps([{"name": "database", "begins": BEGIN + 60 * MINUTE, "ends": BEGIN + 70 * MINUTE}]))
    return file


def answer(cli: Cli, folder: Path, *more: Any) -> dict[str, Any]:
    found = cli("slo", "backtest", "--data-dir", folder, "--objectives", BRIDGE, *more, "--json")
    assert found.exit_code == 0, found.output
    return dict(json.loads(found.stdout))


def test_people_read_who_was_called_and_how_long_the_outage_waited(cli: Cli, folder: Path, tmp_path: Path) -> None:
    """Two lines for each, ids whole."""
    found = cli("slo", "backtest", "--data-dir", folder, "--objectives", BRIDGE, "--incidents", known(tmp_path))
    assert found.exit_code == 0, found.output
    told = found.stdout
    assert "page  2026-11-21 05:09:00Z" in told
    assert "bridge-availability\n  burn rate 167 at worst, fired by 1 h and 5 min; outage database" in told
    assert "outage  2026-11-21 05:07:00Z to 2026-11-21 05:17:00Z: database\n  page after 2 min" in told
    assert "1 page, 1 of them right (100%)\n" in told
    assert "1 outage known, 1 of them paged (100%)" in told


def test_without_an_engine_nobody_knows_what_was_false(cli: Cli, folder: Path) -> None:
    """And a gate on it is wrong use."""
    found = answer(cli, folder)
    assert (found["outages"], found["false_pages"], len(found["callings"]) > 0) == (None, None, True)
    refused = cli("slo", "backtest", "--data-dir", folder, "--max-false-pages", 0)
    assert refused.exit_code == 2
    assert "--incidents FILE" in refused.stderr


def test_the_range_is_what_is_asked_for(cli: Cli, folder: Path) -> None:
    """Without, all that is stored."""
    whole = answer(cli, folder)
    assert [whole[f"{name}_unix_nano"] for name in ("from", "to")] == [BEGIN, BEGIN + 120 * MINUTE]
    before = answer(cli, folder, "--to", "2026-11-21T05:07:00Z")
    assert (before["to_unix_nano"], before["callings"]) == (BEGIN + 60 * MINUTE, [])
    after = answer(cli, folder, "--from", BEGIN + 100 * MINUTE)
    assert [each["events"] for each in after["objectives"]] == [40, 40]


def test_patterns_are_tried_on_the_same_history(cli: Cli, folder: Path, tmp_path: Path) -> None:
    """Each failing story once."""
    rule = tmp_path / "gone.yaml"
    rule.write_text(PATTERN, encoding="utf-8")
    found = answer(cli, folder, "--patterns", rule)["patterns"]
    assert ({each["match"]["rule_id"] for each in found["matches"]}, found["stories"]) == (
        {"bridge-lost-its-database"},
        20,
    )
    told = cli("slo", "backtest", "--data-dir", folder, "--objectives", BRIDGE, "--patterns", rule).stdout
    assert "failing stories read: 20\n\ncritical  bridge-lost-its-database: 20 times, 2026-11-21 05:07:00Z to " in told


def test_a_proposal_is_compared_with_what_is_in_force_under_its_ids(cli: Cli, folder: Path, tmp_path: Path) -> None:
    """Here the ready-made objectives: nothing is lost but what this one would call."""
    lax = tmp_path / "bridge.yaml"
    lax.write_text(BRIDGE.read_text(encoding="utf-8").replace("target: 0.999", "target: 0.95"), encoding="utf-8")
    found = cli("slo", "backtest", "--data-dir", folder, "--objectives", lax, "--max-new-pages", 0, "--json")
    assert found.exit_code == 0, found.output
    against = json.loads(found.stdout)["against"]
    assert {each["objective_id"] for each in against["lost"]} == {"bridge-availability"}
    assert against["new"] == []


def test_what_cannot_be_asked_is_told_and_passes_no_gate(cli: Cli, folder: Path, tmp_path: Path) -> None:
    """Here for want of a Prometheus."""
    file = tmp_path / "shop.yaml"
    file.write_text(PROMETHEUS, encoding="utf-8")
    given = ("slo", "backtest", "--data-dir", folder, "--objectives", file)
    told = cli(*given)
    assert told.exit_code == 0, told.output
    assert "slo.prometheus_url" in told.stdout.replace("\n", " ")
    assert cli(*given, "--max-new-pages", 0).exit_code == 3


def test_wrong_use_is_exit_code_2(cli: Cli, folder: Path, tmp_path: Path) -> None:
    """With the remedy."""
    broken = tmp_path / "broken.yaml"
    broken.write_text(BRIDGE.read_text(encoding="utf-8").replace("target: 0.999", "target: 99.9"), encoding="utf-8")
    for arguments, message in (
        (("--max-new-pages", 0), "give --objectives PATH, --against PATH or both"),
        (("--max-lost-detections", 0), "give --objectives PATH, --against PATH or both"),
        (("--from", "yesterday"), "a time is RFC 3339"),
        (("--from", "2020-01-01T00:00:00Z", "--to", "2020-01-02T00:00:00Z"), "no span is stored between"),
        (("--objectives", broken), f"{broken}:"),
        (("--from", "2020-01-02T00:00:00Z", "--to", "2020-01-01T00:00:00Z"), "--from is not before --to"),
        (("--against", tmp_path / "none"), "there is no such file or folder"),
        (("--incidents", tmp_path / "none.csv"), "none.csv: No such file or directory; give a file of outages"),
    ):
        refused = cli("slo", "backtest", "--data-dir", folder, *arguments)
        assert (refused.exit_code, message in refused.stderr) == (2, True), refused.output
