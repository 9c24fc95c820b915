"""Tightened limits do not take back what was acknowledged before."""

from pathlib import Path

import pytest

from correlator.errors import StoreError
from correlator.settings import Settings, load_settings
from correlator.store.contract import Frame
from correlator.store.segments.log.limits_in_force import NAME
from correlator.wiring import make_decode, make_limits, open_store

BODY = (
    b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331",'
    b' "name": "a", "attributes": [{"key": "long", "value": {"stringValue": "0123456789"}}]}]}]}]}'
)
FRAME = Frame("traces", "json", 1_795_234_168_000_000_000, BODY)


def settings_of(folder: Path, value: str) -> Settings:
    return load_settings(flags={"data_dir": str(folder), "limits": {"value": value}})


def crashed_with_a_span(folder: Path) -> None:
    """A copy of the folder of a store that has acknowledged a span and not sealed it."""
    settings = settings_of(folder.with_name("running"), "1KiB")
    store = open_store(settings)
    store.append(FRAME, make_decode(settings)(FRAME).tables).result(30)
    copy(settings.data_dir, folder)
    store.close()


def copy(source: Path, target: Path) -> None:
    for file in source.rglob("*"):
        if file.is_file():
            (target / file.relative_to(source)).parent.mkdir(parents=True, exist_ok=True)
            (target / file.relative_to(source)).write_bytes(file.read_bytes())


def test_replay_keeps_what_today_would_be_refused(tmp_path: Path) -> None:
    """The log is sealed before requests come under the new limits."""
    folder = tmp_path / "data"
    crashed_with_a_span(folder)
    strict = settings_of(folder, "5B")
    assert make_decode(strict)(FRAME).tables.num_rows == 0
    for _ in range(2):
        store = open_store(strict)
        assert store.stats().spans == 1
        assert store.stats().head_rows == 0
        store.close()


def test_the_same_limits_leave_the_log_as_it_is(tmp_path: Path) -> None:
    """No needless segment at each start."""
    folder = tmp_path / "data"
    crashed_with_a_span(folder)
    store = open_store(settings_of(folder, "1KiB"))
    assert store.stats().head_rows == 1
    store.close()


def test_a_damaged_note_of_the_limits_is_named(tmp_path: Path) -> None:
    """Guessing could lose records."""
    folder = tmp_path / "data"
    crashed_with_a_span(folder)
    (folder / NAME).write_text("{", encoding="utf-8")
    with pytest.raises(StoreError, match=r"limits\.json.*restore it, or remove it"):
        open_store(settings_of(folder, "1KiB"))
    assert make_limits(settings_of(folder, "1KiB")).value_bytes == 1_024
