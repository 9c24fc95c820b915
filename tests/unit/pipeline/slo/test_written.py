"""Which objectives an engine keeps."""

from pathlib import Path

import pytest

from correlator.errors import SettingsError
from correlator.pipeline.slo.written import written_objectives

DAY_S = 86_400
OWN = """
apiVersion: openslo/v1
kind: SLO
metadata: {name: NAME}
spec:
  service: SERVICE
  indicator:
    metadata: {name: calls}
    spec:
      ratioMetric:
        rawType: success
        raw: {metricSource: {type: correlator, spec: {events: server_calls, system: bridge}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: TARGET}]
"""


def folder_with(folder: Path, name: str, service: str = "orders", target: str = "0.99") -> Path:
    text = OWN.replace("NAME", name).replace("SERVICE", service).replace("TARGET", target)
    (folder / f"{name}.yaml").write_text(text)
    return folder


def test_the_ready_made_objectives_are_in_force(tmp_path: Path) -> None:
    """All of them, beside one's own, by id."""
    ids = [each.id for each in written_objectives([folder_with(tmp_path, "answered")], None)]
    assert "orders-answered" in ids
    assert len(ids) > 5
    assert ids == sorted(ids)


def test_the_ready_made_can_be_left_out(tmp_path: Path) -> None:
    """Only one's own are in force then."""
    written = written_objectives([folder_with(tmp_path, "answered")], None, with_shipped=False)
    assert [each.id for each in written] == ["orders-answered"]


def test_an_id_of_ones_own_takes_the_place_of_a_ready_made(tmp_path: Path) -> None:
    """As it is with patterns: whoever wants another target keeps the id."""
    shipped = next(each for each in written_objectives([], None) if each.service == "bridge")
    folder = folder_with(tmp_path, shipped.name, shipped.service, "0.42")
    text = (folder / f"{shipped.name}.yaml").read_text() + "  # alertPolicies below\n"
    (folder / f"{shipped.name}.yaml").write_text(text.replace("  objectives:", "  alertPolicies: []\n  objectives:"))
    found = {each.id: each for each in written_objectives([folder], None)}
    assert found[shipped.id].target == 0.42


def test_a_mistake_refuses_the_start(tmp_path: Path) -> None:
    """File, line and remedy of it are named, and what checks them."""
    folder = folder_with(tmp_path, "answered", target="99.9")
    with pytest.raises(SettingsError, match=r"answered.yaml:\d+: .*0\.999.*correlator rules check"):
        written_objectives([folder], None)


def test_many_mistakes_are_named_in_part(tmp_path: Path) -> None:
    """The first ten, and how many more there are."""
    for number in range(12):
        folder_with(tmp_path, f"a{number}", target="2")
    with pytest.raises(SettingsError, match=r"and 2 more"):
        written_objectives([tmp_path], None)


def test_a_folder_that_is_missing_refuses_the_start(tmp_path: Path) -> None:
    """It is named."""
    with pytest.raises(SettingsError, match="nowhere"):
        written_objectives([tmp_path / "nowhere"], None)


def test_a_ready_made_one_gives_way_to_retention() -> None:
    """Of a period longer than records are kept it could never be told; one's own is refused instead."""
    assert written_objectives([], DAY_S) == ()


def test_ones_own_longer_than_retention_is_refused(tmp_path: Path) -> None:
    """With the setting that is to be raised."""
    with pytest.raises(SettingsError, match=r"store\.retention_age"):
        written_objectives([folder_with(tmp_path, "answered")], DAY_S)
