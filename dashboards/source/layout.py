"""Rows of panels to a dashboard: 24 columns wide, one below the other, each under a title unless it has none."""

from dataclasses import dataclass
from typing import Final

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import dashboard

from dashboards.source.links import TAG, to_all_others
from dashboards.source.panels import Panel
from dashboards.source.queries import PROMETHEUS, Query, over_time
from dashboards.source.variables import Variable, data_source

WIDTH: Final = 24
REFRESH: Final = "30s"
SHOWN: Final = "now-6h"


@dataclass(frozen=True, slots=True)
class Row:
    """Panels side by side, all of one height in grid units of 30 px. `widths` sum to WIDTH for each line that they fill."""

    title: str
    height: int
    panels: tuple[Panel, ...]
    widths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard before it is built."""

    uid: str
    title: str
    description: str
    variables: tuple[Variable, ...]
    rows: tuple[Row, ...]
    shown: str = SHOWN

    def built(self) -> dashboard.Dashboard:
        """As Grafana has it: ids and places of panels by their order."""
        board = builders.Dashboard(self.title).uid(self.uid).description(self.description).tags([TAG])
        board.timezone("browser").tooltip(dashboard.DashboardCursorSync.CROSSHAIR).editable()
        board.refresh(REFRESH).time(self.shown, "now").link(to_all_others()).annotation(_alerts())
        made = board.build()
        variables = [data_source(), *(each.built() for each in self.variables)]
        made.templating = dashboard.DashboardDashboardTemplating(variables)
        made.panels = _placed(self.rows)
        return made


def line(title: str, height: int, *panels: Panel) -> Row:
    """A row of panels of equal width: 1, 2, 3, 4, 6 or 8 of them."""
    return Row(title, height, panels, (WIDTH // len(panels),) * len(panels))


def _placed(rows: tuple[Row, ...]) -> list[dashboard.Panel | dashboard.RowPanel]:
    placed: list[dashboard.Panel | dashboard.RowPanel] = []
    x = y = 0
    for row in rows:
        if row.title:
            title = dashboard.RowPanel(
                id_val=len(placed) + 1, title=row.title, grid_pos=dashboard.GridPos(1, WIDTH, 0, y)
            )
            placed.append(title)
            y += 1
        for panel, width in zip(row.panels, row.widths, strict=True):
            made = panel.id(len(placed) + 1).build()
            made.grid_pos = dashboard.GridPos(row.height, width, x, y)
            placed.append(made)
            x, y = (0, y + row.height) if x + width >= WIDTH else (x + width, y)
    return placed


def _alerts() -> builders.AnnotationQuery:
    """A mark wherever an alert that calls somebody begins to fire."""
    expr = 'max by (alertname, severity) (ALERTS{alertstate="firing", severity="critical"})'
    mark = builders.AnnotationQuery().name("Alerts").datasource(PROMETHEUS).enable(True).icon_color("red")
    return mark.target(over_time(0, Query(expr, "{{alertname}}")))
