"""The dashboards as they are shipped: JSON documents, their panels and what panels ask."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[3] / "dashboards" / "grafana"
FILES = sorted(FOLDER.glob("*.json"))

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """One query of one panel, or of a dashboard's marks. `place` is how a reader finds it: `n8n / Success / A`."""

    place: str
    expr: str
    is_instant: bool


def read(file: Path) -> Document:
    document: Document = json.loads(file.read_text(encoding="utf-8"))
    return document


def boards() -> dict[str, Document]:
    """File stem to document."""
    return {file.stem: read(file) for file in FILES}


def panels(board: Document) -> list[Document]:
    """All panels that show something: rows' titles are none."""
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def variables(board: Document) -> list[Document]:
    """What one can filter by, the data source left out."""
    return [each for each in board["templating"]["list"] if each["type"] == "query"]


def asked(stem: str, board: Document) -> Iterator[Asked]:
    """Each expression of a dashboard."""
    for mark in board["annotations"]["list"]:
        yield Asked(f"{stem} / {mark['name']} / mark", mark["target"]["expr"], is_instant=False)
    for panel in panels(board):
        for target in panel["targets"]:
            place = f"{stem} / {panel['title']} / {target['refId']}"
            yield Asked(place, target["expr"], bool(target.get("instant")))
