"""A program for Python 3.12 and later: what kb-dashboard-core's schemas say of the dashboards of an NDJSON file.

kb-dashboard-core writes Kibana's dashboards from YAML, independently of us; its models allow no key that it does not know.
Usage: python kibana_shapes.py FILE. Prints what is wrong as a JSON array of texts.

Where we differ on purpose, and the file is bent before it is judged:
- a saved search on a dashboard is referred to by panelRefName alone, as Kibana saves it; there its id stands beside as well
- a figure may have a `color`: Kibana's MetricVisualizationState has it, the models there know it for ES|QL only
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kb_dashboard_core.controls.view import KbnControlPanelsJson
from kb_dashboard_core.dashboard.view import KbnDashboardOptions
from kb_dashboard_core.panels.charts.datatable.view import KbnDatatableVisualizationState
from kb_dashboard_core.panels.charts.metric.view import KbnMetricVisualizationState
from kb_dashboard_core.panels.charts.pie.view import KbnPieVisualizationState
from kb_dashboard_core.panels.charts.view import KbnLensPanel
from kb_dashboard_core.panels.charts.xy.view import KbnXYVisualizationState
from kb_dashboard_core.panels.links.view import KbnLinksPanel
from pydantic import BaseModel, ValidationError

STATES = {
    "lnsXY": KbnXYVisualizationState,
    "lnsMetric": KbnMetricVisualizationState,
    "lnsPie": KbnPieVisualizationState,
    "lnsDatatable": KbnDatatableVisualizationState,
}


def mistakes(dashboard: dict[str, Any]) -> Iterator[str]:
    """One text a mistake."""
    given = dashboard["attributes"]
    yield from judged(dashboard["id"], KbnDashboardOptions, json.loads(given["optionsJSON"]))
    for name, control in json.loads(given["controlGroupInput"]["panelsJSON"]).items():
        yield from judged(f"{dashboard['id']} {name}", KbnControlPanelsJson, {name: control})
    for panel in json.loads(given["panelsJSON"]):
        yield from panel_mistakes(f"{dashboard['id']} / {panel['embeddableConfig'].get('title', 'links')}", panel)


def panel_mistakes(place: str, panel: dict[str, Any]) -> Iterator[str]:
    if panel["type"] == "lens":
        yield from judged(place, KbnLensPanel, panel)
        attributes = panel["embeddableConfig"]["attributes"]
        kind, state = attributes["visualizationType"], attributes["state"]["visualization"]
        known = {key: value for key, value in state.items() if (kind, key) != ("lnsMetric", "color")}
        yield from judged(place, STATES[kind], known)
    elif panel["type"] == "links":
        yield from judged(place, KbnLinksPanel, panel)


def judged(place: str, model: type[BaseModel], value: Any) -> Iterator[str]:
    try:
        model.model_validate_json(json.dumps(value))
    except ValidationError as error:
        for each in error.errors(include_url=False, include_input=False):
            yield f"{place}: {'.'.join(map(str, each['loc']))}: {each['msg']}"


if __name__ == "__main__":
    documents = [json.loads(line) for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()]
    found = [each for document in documents if document["type"] == "dashboard" for each in mistakes(document)]
    sys.stdout.write(json.dumps(found))
