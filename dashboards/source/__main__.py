"""python -m dashboards.source [--check]: write the dashboards to dashboards/grafana, or say which are not current."""

import argparse
import sys
from pathlib import Path
from typing import Final

from dashboards.source.catalogue import BOARDS
from dashboards.source.document import text_of
from dashboards.source.layout import Board

FOLDER: Final = Path(__file__).parents[1] / "grafana"


def file_of(board: Board) -> Path:
    """correlator-n8n is n8n.json."""
    return FOLDER / f"{board.uid.removeprefix('correlator-')}.json"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m dashboards.source", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a file is not current")
    is_check, stale = parser.parse_args(arguments).check, 0
    for board in BOARDS:
        file, text = file_of(board), text_of(board)
        if is_check and (not file.is_file() or file.read_text(encoding="utf-8") != text):
            sys.stderr.write(f"{file.name} is not what dashboards/source writes: run `make dashboards`\n")
            stale += 1
        elif not is_check:
            file.write_text(text, encoding="utf-8")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
