"""An engine that cannot be built leaves nothing open."""

from pathlib import Path

import pytest

from correlator.errors import SettingsError
from correlator.settings import load_settings
from correlator.wiring import build


def test_what_was_opened_is_closed_where_a_later_part_cannot_be_built(tmp_path: Path) -> None:
    """Another engine can have the folder at once, and no decoder process is left behind."""
    folder = {"data_dir": tmp_path / "data"}
    with pytest.raises(SettingsError, match=r"events\.redis_url"):
        build(load_settings(None, folder | {"events": {"redis_url": "redis://host:port"}}))
    build(load_settings(None, folder)).close()


def test_an_engine_is_closed_twice_without_harm(tmp_path: Path) -> None:
    """By whoever ran it, and by whoever built it; the folder is free for the next."""
    settings = load_settings(None, {"data_dir": tmp_path / "data"})
    engine = build(settings)
    engine.close()
    engine.close()
    successor = build(settings)
    assert successor.parts.stored.store.stats().last_position == -1
    successor.close()
