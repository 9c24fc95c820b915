"""Rows of panels to a dashboard: 48 columns wide, one row below the other, links to the other dashboards at the top."""

import json
from dataclasses import dataclass
from typing import Any, Final

from dashboards.source.kibana.charts import Chart
from dashboards.source.kibana.columns import kql
from dashboards.source.kibana.controls import Control, group
from dashboards.source.kibana.panels import ChartPanel, LinksPanel, Panel, SearchPanel
from dashboards.source.kibana.saved_object import PREFIX, SavedObject
from dashboards.source.kibana.searches import Search

WIDTH: Final = 48
LINKS_HEIGHT: Final = 3
REFRESH_MS: Final = 60_000
SHOWN: Final = "now-6h"
TITLES: Final = {
    f"{PREFIX}errors": "Error patterns",
    f"{PREFIX}performance": "Performance",
    f"{PREFIX}log-volume": "Log volume",
    f"{PREFIX}traces": "Trace analysis",
    f"{PREFIX}incidents-board": "Incidents",
}
"""Id of each dashboard to its title, in the order of the links."""


@dataclass(frozen=True, slots=True)
class Row:
    """Panels side by side, all of one height in grid units of 20 px."""

    height: int
    panels: tuple[Panel, ...]


def row(height: int, *shown: Chart | Search) -> Row:
    """1, 2, 3, 4 or 6 panels of equal width."""
    return Row(height, tuple(ChartPanel(each) if isinstance(each, Chart) else SearchPanel(each) for each in shown))


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard before it is built. `id` is one of TITLES."""

    id: str
    description: str
    controls: tuple[Control, ...]
    rows: tuple[Row, ...]

    def built(self) -> SavedObject:
        """Panels are called by their row and place, so that one that moves takes nothing of another's."""
        rows = (Row(LINKS_HEIGHT, (LinksPanel(TITLES),)), *self.rows)
        placed = [
            (f"r{down}p{across}", panel, _grid(rows, down, across))
            for down, each in enumerate(rows)
            for across, panel in enumerate(each.panels)
        ]
        panels = [
            panel.built(index) | {"panelIndex": index, "gridData": grid | {"i": index}} for index, panel, grid in placed
        ]
        references = [reference for index, panel, _ in placed for reference in panel.references(index)]
        return SavedObject(
            "dashboard",
            self.id,
            self._attributes(panels),
            (*references, *(control.reference for control in self.controls)),
        )

    def _attributes(self, panels: list[dict[str, Any]]) -> dict[str, Any]:
        options = {
            "useMargins": True,
            "syncColors": True,
            "syncCursor": True,
            "syncTooltips": False,
            "hidePanelTitles": False,
        }
        return {
            "title": f"correlator: {TITLES[self.id].lower()}",
            "description": self.description,
            "panelsJSON": json.dumps(panels),
            "optionsJSON": json.dumps(options),
            "controlGroupInput": group(self.controls),
            "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps({"query": kql(""), "filter": []})},
            "timeRestore": True,
            "timeFrom": SHOWN,
            "timeTo": "now",
            "refreshInterval": {"pause": False, "value": REFRESH_MS},
            "version": 1,
        }


def _grid(rows: tuple[Row, ...], down: int, across: int) -> dict[str, int]:
    width = WIDTH // len(rows[down].panels)
    above = sum(each.height for each in rows[:down])
    return {"x": across * width, "y": above, "w": width, "h": rows[down].height}
