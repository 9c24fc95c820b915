"""python -m dashboards.source [--check]: write the dashboards to dashboards/grafana and dashboards/kibana, or say which files are not current."""

import argparse
import sys
from pathlib import Path
from typing import Final

from dashboards.source.catalogue import BOARDS
from dashboards.source.document import text_of
from dashboards.source.kibana.catalogue import saved_objects
from dashboards.source.kibana.document import text_of as lines_of
from dashboards.source.layout import Board

FOLDER: Final = Path(__file__).parents[1] / "grafana"
KIBANA_FILE: Final = Path(__file__).parents[1] / "kibana" / "correlator.ndjson"


def file_of(board: Board) -> Path:
    """correlator-n8n is n8n.json."""
    return FOLDER / f"{board.uid.removeprefix('correlator-')}.json"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m dashboards.source", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a file is not current")
    is_check, stale = parser.parse_args(arguments).check, 0
    for file, text in written().items():
        if is_check and (not file.is_file() or file.read_text(encoding="utf-8") != text):
            sys.stderr.write(f"{file.name} is not what dashboards/source writes: run `make dashboards`\n")
            stale += 1
        elif not is_check:
            file.write_text(text, encoding="utf-8")
    return 1 if stale else 0


def written() -> dict[Path, str]:
    """Every file that this program writes, and its text."""
    return {file_of(board): text_of(board) for board in BOARDS} | {KIBANA_FILE: lines_of(saved_objects())}


if __name__ == "__main__":
    sys.exit(main())
