"""The saved objects of the shipped file: data views, charts, searches and controls, as Kibana reads them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from correlator.cli.kibana.shipped import ENGINE_URL, INDEX_PREFIX, shipped_objects
from dashboards.source.kibana.charts import LAYER, LAYER_REFERENCE

Document = Mapping[str, Any]
DOCUMENTS: tuple[Document, ...] = tuple(each.document for each in shipped_objects(ENGINE_URL, INDEX_PREFIX))


@dataclass(frozen=True, slots=True)
class Chart:
    """A Lens chart of a dashboard. `place` is how a reader finds it: `correlator-errors / Exceptions`."""

    place: str
    view: str  # id of its data view
    query: str
    columns: Mapping[str, Mapping[str, Any]]  # by id, in their order
    state: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Search:
    """A saved search."""

    place: str
    view: str
    query: str
    columns: tuple[str, ...]
    sort: str
    order: str  # asc | desc


@dataclass(frozen=True, slots=True)
class Control:
    """A list of values above a dashboard. `views` are those of all its panels."""

    place: str
    view: str
    field: str
    views: frozenset[str]


def of_type(kind: str) -> list[Document]:
    return [document for document in DOCUMENTS if document["type"] == kind]


def patterns() -> dict[str, str]:
    """Id of each data view to its index pattern."""
    return {view["id"]: view["attributes"]["title"] for view in of_type("index-pattern")}


def panels(dashboard: Document) -> list[Document]:
    found: list[Document] = json.loads(dashboard["attributes"]["panelsJSON"])
    return found


def charts() -> Iterator[Chart]:
    for dashboard in of_type("dashboard"):
        for panel in panels(dashboard):
            if panel["type"] == "lens":
                yield _chart(dashboard, panel)


def searches() -> Iterator[Search]:
    for search in of_type("search"):
        given = search["attributes"]
        query = json.loads(given["kibanaSavedObjectMeta"]["searchSourceJSON"])["query"]["query"]
        ((field, order),) = given["sort"]
        yield Search(search["id"], _view_of(search), query, tuple(given["columns"]), field, order)


def controls() -> Iterator[Control]:
    for dashboard in of_type("dashboard"):
        group = json.loads(dashboard["attributes"]["controlGroupInput"]["panelsJSON"])
        for control in group.values():
            chosen = control["explicitInput"]
            place = f"{dashboard['id']} / {chosen['title']}"
            yield Control(place, chosen["dataViewId"], chosen["fieldName"], frozenset(_views_of(dashboard)))


def _chart(dashboard: Document, panel: Document) -> Chart:
    attributes = panel["embeddableConfig"]["attributes"]
    state = attributes["state"]
    layer = state["datasourceStates"]["formBased"]["layers"][LAYER]
    (view,) = [each["id"] for each in attributes["references"] if each["name"] == LAYER_REFERENCE]
    place = f"{dashboard['id']} / {panel['embeddableConfig']['title']}"
    columns = {name: layer["columns"][name] for name in layer["columnOrder"]}
    return Chart(place, view, state["query"]["query"], columns, state["visualization"])


def _views_of(dashboard: Document) -> Iterator[str]:
    """The data views of all that a dashboard shows: of its charts, and of its searches."""
    held = {each["name"]: each for each in dashboard["references"]}
    by_id = {search["id"]: search for search in of_type("search")}
    for panel in panels(dashboard):
        if panel["type"] == "lens":
            yield _chart(dashboard, panel).view
        elif panel["type"] == "search":
            yield _view_of(by_id[held[f"{panel['panelIndex']}:{panel['panelRefName']}"]["id"]])


def _view_of(search: Document) -> str:
    (view,) = [str(each["id"]) for each in search["references"] if each["type"] == "index-pattern"]
    return view
