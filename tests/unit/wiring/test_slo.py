"""Objectives as settings name them."""

from pathlib import Path

import pytest

from correlator.errors import SettingsError
from correlator.settings import Settings, load_settings
from correlator.store.memory import MemoryStore
from correlator.wiring import build, make_objectives

BROKEN = (
    "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: broken}\nspec: {service: shop, budgetingMethod: Sometimes}\n"
)


def settings(folder: Path, **slo: object) -> Settings:
    return load_settings(None, {"data_dir": folder / "data", "slo": slo})


def test_the_ready_made_objectives_are_in_force_unless_left_out(tmp_path: Path) -> None:
    """Those for each workflow once one ran."""
    objectives = make_objectives(settings(tmp_path), MemoryStore())
    assert "bridge-availability" in {each.id for each in objectives.all()}
    assert make_objectives(settings(tmp_path, shipped=False), MemoryStore()).written == ()


def test_a_broken_file_refuses_the_start_and_leaves_nothing_open(tmp_path: Path) -> None:
    """It is named with its line, and what checks it; mended, the engine starts on the same folder."""
    folder = tmp_path / "slo"
    folder.mkdir()
    (folder / "shop.yaml").write_text(BROKEN, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"shop\.yaml:\d+: .*rules check"):
        build(settings(tmp_path, folders=[str(folder)]))
    (folder / "shop.yaml").unlink()
    build(settings(tmp_path, folders=[str(folder)])).close()


def test_the_ledger_is_one_of_the_engines_jobs(tmp_path: Path) -> None:
    """It turns in a thread of its own."""
    engine = build(settings(tmp_path))
    assert "slo" in engine.concluding.work().jobs
    engine.close()
