"""What has a place on a dashboard: a chart, a saved search, links to the other dashboards."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from dashboards.source.kibana.charts import Chart
from dashboards.source.kibana.columns import kql
from dashboards.source.kibana.saved_object import Reference
from dashboards.source.kibana.searches import Search


class Panel(Protocol):
    """Builds itself for a place: `index` is the panel's own id within its dashboard."""

    def built(self, index: str) -> dict[str, Any]:
        """The panel without its place."""
        ...

    def references(self, index: str) -> tuple[Reference, ...]:
        """Those that the dashboard holds for it."""
        ...


@dataclass(frozen=True, slots=True)
class ChartPanel:
    """A chart by value: it lives in its dashboard alone."""

    chart: Chart

    def built(self, index: str) -> dict[str, Any]:
        config = {
            "attributes": self.chart.built(),
            "title": self.chart.about.title,
            "description": self.chart.about.description,
            "enhancements": {},
            "query": kql(self.chart.about.query),
            "filters": [],
            "syncColors": True,
            "syncCursor": True,
            "syncTooltips": False,
        }
        return {"type": "lens", "embeddableConfig": config}

    def references(self, index: str) -> tuple[Reference, ...]:
        return tuple(reference.within(index) for reference in self.chart.references)


@dataclass(frozen=True, slots=True)
class SearchPanel:
    """A saved search: whoever changes it in Discover changes it here."""

    search: Search

    def built(self, index: str) -> dict[str, Any]:
        title = self.search.title.removeprefix("correlator: ").capitalize()
        config = {"title": title, "description": self.search.description, "enhancements": {}}
        return {"type": "search", "panelRefName": f"panel_{index}", "embeddableConfig": config}

    def references(self, index: str) -> tuple[Reference, ...]:
        return (self.search.reference(f"panel_{index}").within(index),)


@dataclass(frozen=True, slots=True)
class LinksPanel:
    """A line of links to dashboards: id to title. They keep the time and what is filtered by."""

    dashboards: Mapping[str, str]

    def built(self, index: str) -> dict[str, Any]:
        options = {"openInNewTab": False, "useCurrentDateRange": True, "useCurrentFilters": False}
        links = [
            {
                "type": "dashboardLink",
                "id": dashboard,
                "label": label,
                "order": order,
                "destinationRefName": _link_name(dashboard),
                "options": options,
            }
            for order, (dashboard, label) in enumerate(self.dashboards.items())
        ]
        return {
            "type": "links",
            "embeddableConfig": {
                "attributes": {"layout": "horizontal", "links": links},
                "enhancements": {},
                "hidePanelTitles": True,
            },
        }

    def references(self, index: str) -> tuple[Reference, ...]:
        return tuple(Reference("dashboard", each, _link_name(each)).within(index) for each in self.dashboards)


def _link_name(dashboard: str) -> str:
    return f"link_{dashboard}_dashboard"
