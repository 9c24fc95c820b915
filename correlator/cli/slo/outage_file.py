"""Known outages as people write them down: CSV with a header, or a JSON array of objects, with the same names.

name, begins and ends (RFC 3339 or unix nanoseconds; empty: not over), and objectives: ids that should have noticed, `*` for
anything, separated by blanks; empty: any.
"""

import csv
import io
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from correlator.cli.exits import CommandFailed, ExitCode
from correlator.rule_text.glob import Glob
from correlator.rule_text.mistake import unknown
from correlator.serve.parameters import unix_nano
from correlator.slo.backtest import Outage

NEEDED: Final = ("name", "begins")
KNOWN: Final = (*NEEDED, "ends", "objectives")


def read_outages(file: Path, tested: Collection[str], known: Collection[str] = ()) -> tuple[Outage, ...]:
    """The outages of a file that concern any of the objectives `tested`; it may speak of others that are `known`, too.

    Raises CommandFailed, with the line of the mistake, where it has one or cannot be read.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        message = f"{file}: {error.strerror}; give a file of outages, CSV or JSON, with --incidents"
        raise CommandFailed(message, ExitCode.WRONG_USE) from error
    except UnicodeDecodeError as error:
        raise _refused(file, 1, "this is no UTF-8 text; save the file as such") from error
    entries = _of_json(file, text) if text.lstrip().startswith("[") else _of_csv(file, text)
    ids = frozenset({*tested, *known})
    outages = (_outage(file, line, entry, ids) for line, entry in entries)
    return tuple(each for each in outages if any(map(each.concerns, tested)) or not tested)


def _of_json(file: Path, text: str) -> Iterable[tuple[int, Mapping[str, Any]]]:
    """The number of each entry, from 1, stands for its line."""
    try:
        entries = json.loads(text)
    except json.JSONDecodeError as error:
        raise _refused(file, error.lineno, f"is no JSON: {error.msg}") from error
    except RecursionError as error:
        raise _refused(file, 1, "nests too deep; write a list of {name, begins, ends, objectives}") from error
    wrong = next((place for place, entry in enumerate(entries, start=1) if not isinstance(entry, dict)), None)
    if wrong is not None:
        raise _refused(file, wrong, "entry is no object; write {name, begins, ends, objectives}")
    return list(enumerate(entries, start=1))


def _of_csv(file: Path, text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    rows = csv.DictReader(io.StringIO(text, newline=""))
    try:
        for row in rows:
            yield rows.line_num, {str(key): value for key, value in row.items()}
    except csv.Error as error:
        raise _refused(file, rows.line_num + 1, f"is no CSV: {error}") from error


def _outage(file: Path, line: int, entry: Mapping[str, Any], objective_ids: Collection[str]) -> Outage:
    wrong = next((key for key in entry if key not in KNOWN), None)
    if wrong is not None:
        raise _refused(file, line, unknown("column", wrong, KNOWN))
    if missing := [key for key in NEEDED if not entry.get(key)]:
        raise _refused(file, line, f"{missing[0]} is missing; give {', '.join(KNOWN)}")
    begins = _time(file, line, entry["begins"])
    ends = _time(file, line, entry["ends"]) if entry.get("ends") else None
    if ends is not None and ends < begins:
        raise _refused(file, line, "ends before it begins; exchange the two")
    name = (
        str(entry["name"]).encode(errors="replace").decode()
    )  # JSON may write half a character, which nothing can print
    return Outage(name, begins, ends, _concerned(file, line, entry.get("objectives"), objective_ids))


def _time(file: Path, line: int, written: object) -> int:
    try:
        return unix_nano(written)
    except ValueError as error:
        raise _refused(file, line, f"{written!r}: {error}") from error


def _concerned(file: Path, line: int, written: object, objective_ids: Collection[str]) -> frozenset[str] | None:
    """None for any. A pattern that fits no objective, nor one of a workflow, is a mistake: the outage could never be noticed."""
    patterns = _patterns(written)
    for pattern in patterns:
        if not any(Glob(pattern).matches(each) or pattern.startswith(f"{each}-") for each in objective_ids):
            raise _refused(file, line, unknown("objective", pattern, sorted(objective_ids)))
    matched = (each for each in objective_ids if any(Glob(pattern).matches(each) for pattern in patterns))
    return frozenset(matched) if patterns else None


def _patterns(written: object) -> list[str]:
    if isinstance(written, str):
        return written.split()
    return [str(each) for each in written] if isinstance(written, list) else []


def _refused(file: Path, line: int, why: str) -> CommandFailed:
    return CommandFailed(f"{file}:{line}: {why}", ExitCode.WRONG_USE)
