"""Known outages as people write them down."""

import json
from pathlib import Path

import pytest

from correlator.cli.exits import CommandFailed, ExitCode
from correlator.cli.slo.outage_file import read_outages
from correlator.slo.backtest import Outage

IDS = ("bridge-availability", "bridge-latency", "queue-errors")
T0 = 1_769_860_800_000_000_000  # 2026-01-31T12:00:00Z
CSV = """\
name,begins,ends,objectives
database,2026-01-31T12:00:00Z,2026-01-31T12:10:00Z,bridge-*
"a cable, cut",1769860800000000000,,
"""


def read(tmp_path: Path, text: str) -> tuple[Outage, ...]:
    file = tmp_path / "outages.txt"
    file.write_text(text, encoding="utf-8")
    return read_outages(file, IDS)


def test_csv_as_a_spreadsheet_writes_it(tmp_path: Path) -> None:
    """Times in either form; an empty end is none; patterns of objectives, or any."""
    bridge = frozenset({"bridge-availability", "bridge-latency"})
    assert read(tmp_path, CSV) == (
        Outage("database", T0, T0 + 600 * 10**9, bridge),
        Outage("a cable, cut", T0, None, None),
    )
    assert read(tmp_path, "\ufeff" + CSV) == read(tmp_path, CSV)


def test_json_says_the_same(tmp_path: Path) -> None:
    """Objectives as text or as a list."""
    entries = [
        {
            "name": "database",
            "begins": "2026-01-31T12:00:00Z",
            "ends": str(T0 + 600 * 10**9),
            "objectives": ["bridge-*"],
        },
        {"name": "a cable, cut", "begins": T0, "ends": None},
    ]
    assert read(tmp_path, json.dumps(entries)) == read(tmp_path, CSV)


def test_no_outage_is_an_answer(tmp_path: Path) -> None:
    """Then every page is false."""
    assert read(tmp_path, "name,begins,ends\n") == ()
    assert read(tmp_path, "[]") == ()


def test_outages_of_other_objectives_are_left_out(tmp_path: Path) -> None:
    """They are no mistake, as long as such objectives are known; those of one workflow by its id at the end."""
    file = tmp_path / "outages.csv"
    file.write_text("name,begins,objectives\nqueue,1,queue-errors n8n-success-7\nany,2,\n", encoding="utf-8")
    found = read_outages(file, ["bridge-latency"], ["queue-errors", "n8n-success"])
    assert [each.name for each in found] == ["any"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('[{"name": "\\ud800", "begins": 1}]', "?"),
        ('name,begins\r\n"two\r\nlines",1\r\n', "two\nlines"),
        ("\ufeffname,begins\né\u2028\0,1\n", "é\u2028\0"),
    ],
    ids=["half a character", "line end in quotes", "line ends of other alphabets"],
)
def test_names_are_told_as_they_are_written(tmp_path: Path, text: str, name: str) -> None:
    """But for what no terminal and no file could show."""
    (outage,) = read(tmp_path, text)
    assert outage.name == name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,begins\nx,yesterday\n", "outages.txt:2: 'yesterday': a time is RFC 3339"),
        ("name,begin\nx,1\n", "outages.txt:2: unknown column 'begin'; did you mean 'begins'?"),
        ("name,begins\nx,\n", "outages.txt:2: begins is missing; give name, begins, ends, objectives"),
        ("name,begins,ends\nx,20,10\n", "outages.txt:2: ends before it begins; exchange the two"),
        ("name,begins,objectives\nx,1,brigde-latency\n", "did you mean 'bridge-latency'?"),
        ('[{"name": "x", "begins": 1},\n{]', "outages.txt:2: is no JSON"),
        ("[1]", "outages.txt:1: entry is no object"),
        ("[" * 100_000, "outages.txt:1: nests too deep"),
        (f"name,begins\n{'x' * 200_000},1\n", "outages.txt:2: is no CSV: field larger than field limit"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    """It is wrong use: nothing is guessed."""
    with pytest.raises(CommandFailed) as refused:
        read(tmp_path, text)
    assert message in str(refused.value)
    assert refused.value.code == ExitCode.WRONG_USE


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """It may be missing, or no text."""
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for name in ("binary", "missing"):
        with pytest.raises(CommandFailed, match=name):
            read_outages(tmp_path / name, IDS)
