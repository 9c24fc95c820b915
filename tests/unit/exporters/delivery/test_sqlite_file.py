"""A file of tables that several processes use."""

from pathlib import Path

import pytest

from correlator.errors import StoreError
from exporters.delivery.sqlite_file import SqliteFile

SCHEMA = "CREATE TABLE IF NOT EXISTS names (name TEXT)"


def opened(path: Path) -> SqliteFile:
    return SqliteFile(path, SCHEMA, "put it aside")


def names(file: SqliteFile) -> list[str]:
    with file.transaction() as connection:
        return [name for (name,) in connection.execute("SELECT name FROM names")]


def test_what_a_block_wrote_is_there_for_another(tmp_path: Path) -> None:
    """And opening it once more leaves it as it is."""
    with opened(tmp_path / "file").transaction() as connection:
        connection.executemany("INSERT INTO names VALUES (?)", [("a",), ("b",)])
    assert names(opened(tmp_path / "file")) == ["a", "b"]


def test_nothing_stays_of_a_block_that_raised(tmp_path: Path) -> None:
    """Its error is its own."""
    file = opened(tmp_path / "file")
    with pytest.raises(ValueError, match="amid it"), file.transaction() as connection:
        connection.execute("INSERT INTO names VALUES ('a')")
        raise ValueError("amid it")
    assert names(file) == []


def test_a_file_that_is_none_of_ours_is_named_with_what_to_do(tmp_path: Path) -> None:
    """By whoever keeps it."""
    (tmp_path / "file").write_bytes(b"something else, and long enough to be read as a header" * 20)
    with pytest.raises(StoreError, match=r"/file cannot be used \(file is not a database\); put it aside"):
        opened(tmp_path / "file")


def test_one_that_cannot_be_opened_now_is_not_to_be_put_aside(tmp_path: Path) -> None:
    """It may be sound: a disk without room, a folder that is gone."""
    with pytest.raises(StoreError, match=r"cannot be used now .* its disk has room"):
        opened(tmp_path / "gone" / "file")
