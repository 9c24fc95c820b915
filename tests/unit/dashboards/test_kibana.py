"""The shipped saved objects of Kibana: current, complete in themselves, laid out well, described."""

import json
from pathlib import Path
from typing import Any

import pytest

from correlator.cli.kibana.shipped import is_ours
from dashboards.source import __main__ as program
from dashboards.source.kibana.catalogue import saved_objects
from dashboards.source.kibana.document import text_of
from dashboards.source.kibana.layout import TITLES, WIDTH
from dashboards.source.kibana.saved_object import CORE_VERSION, PREFIX, TYPE_VERSIONS

FILE = Path(__file__).parents[3] / "dashboards" / "kibana" / "correlator.ndjson"
Document = dict[str, Any]
DOCUMENTS: list[Document] = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
DASHBOARDS = [each for each in DOCUMENTS if each["type"] == "dashboard"]
each_dashboard = pytest.mark.parametrize("dashboard", DASHBOARDS, ids=[each["id"] for each in DASHBOARDS])


def panels(dashboard: Document) -> list[Document]:
    found: list[Document] = json.loads(dashboard["attributes"]["panelsJSON"])
    return found


def named(value: Any) -> set[str]:
    """Every name of a reference that attributes call for."""
    if isinstance(value, dict):
        own = {each for key, each in value.items() if key.endswith("RefName") and isinstance(each, str)}
        return own.union(*(named(each) for each in value.values()))
    if isinstance(value, list):
        return set().union(*(named(each) for each in value))
    return set()


def test_the_file_is_what_the_program_writes() -> None:
    """`make dashboards` changes nothing, and writes the same each time."""
    assert FILE.read_text(encoding="utf-8") == text_of(saved_objects()) == text_of(saved_objects())


def test_the_program_says_that_the_file_is_not_current(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """--check names it; without it, it is written."""
    monkeypatch.setattr(program, "FOLDER", tmp_path)
    monkeypatch.setattr(program, "KIBANA_FILE", tmp_path / FILE.name)
    assert program.main(["--check"]) == 1
    assert "correlator.ndjson is not what dashboards/source writes" in capsys.readouterr().err
    assert program.main([]) == 0
    assert (tmp_path / FILE.name).read_bytes() == FILE.read_bytes()


def test_every_reference_is_to_an_object_of_the_file() -> None:
    """By type and id; nothing is left to what a Kibana may have."""
    keys = {(each["type"], each["id"]) for each in DOCUMENTS}
    for document in DOCUMENTS:
        lost = {(each["type"], each["id"]) for each in document["references"]} - keys
        assert not lost, document["id"]
    assert len(keys) == len(DOCUMENTS)


def test_what_is_referred_to_comes_before_what_refers_to_it() -> None:
    """Links between dashboards go both ways: they are the exception."""
    seen: set[tuple[str, str]] = set()
    for document in DOCUMENTS:
        needed = {(each["type"], each["id"]) for each in document["references"] if each["type"] != "dashboard"}
        assert needed <= seen, document["id"]
        seen.add((document["type"], document["id"]))


def test_every_name_of_a_reference_resolves_and_none_is_idle() -> None:
    """What panels, links and searches call for is among the references under that name, within the panel's own."""
    for document in DOCUMENTS:
        names = [each["name"] for each in document["references"]]
        assert len(names) == len(set(names)), document["id"]
        called = {name for name in names if name.startswith(("tag-ref-", "controlGroup_"))}
        if document["type"] == "search":
            called |= named(json.loads(document["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"]))
        for panel in panels(document) if document["type"] == "dashboard" else ():
            own = {each["name"] for each in panel["embeddableConfig"].get("attributes", {}).get("references", ())}
            called |= {f"{panel['panelIndex']}:{name}" for name in named(panel) | own}
        assert called == set(names), document["id"]


def test_ids_are_ours_and_versions_are_those_that_both_releases_know() -> None:
    """Stable ids under one prefix, our tag on all, versions that 8.19 and 9.4 migrate from."""
    assert [each["id"] for each in DOCUMENTS if not each["id"].startswith(PREFIX)] == []
    assert all(is_ours(each) for each in DOCUMENTS)
    for document in DOCUMENTS:
        assert document["coreMigrationVersion"] == CORE_VERSION
        assert document["typeMigrationVersion"] == TYPE_VERSIONS[document["type"]]
        assert document["managed"] is False


@each_dashboard
def test_panels_fill_lines_of_the_grid_and_none_lies_on_another(dashboard: Document) -> None:
    """48 columns, no gap at the right, no overlap."""
    covered: dict[tuple[int, int], str] = {}
    for panel in panels(dashboard):
        place = panel["gridData"]
        assert place["i"] == panel["panelIndex"]
        for cell in (
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        ):
            assert cell not in covered, f"{panel['panelIndex']} lies on {covered[cell]}"
            covered[cell] = panel["panelIndex"]
    height = max(y for _, y in covered) + 1
    assert len(covered) == height * WIDTH


@each_dashboard
def test_each_panel_says_what_it_shows(dashboard: Document) -> None:
    """A title of its own and a sentence; the line of links needs none."""
    told = [panel for panel in panels(dashboard) if panel["type"] != "links"]
    titles = [panel["embeddableConfig"]["title"] for panel in told]
    assert len(titles) == len(set(titles))
    for panel in told:
        title, description = panel["embeddableConfig"]["title"], panel["embeddableConfig"]["description"]
        assert title
        assert len(description) > 15, title
        assert description.endswith("."), title


@each_dashboard
def test_each_dashboard_leads_to_all_others(dashboard: Document) -> None:
    """By the line of links at its top."""
    first = panels(dashboard)[0]
    assert first["type"] == "links"
    links = first["embeddableConfig"]["attributes"]["links"]
    to = {each["name"]: each["id"] for each in dashboard["references"] if each["type"] == "dashboard"}
    assert [to[f"{first['panelIndex']}:{link['destinationRefName']}"] for link in links] == list(TITLES)
    assert set(TITLES) == {each["id"] for each in DASHBOARDS}


@each_dashboard
def test_each_column_of_a_chart_is_used_and_each_that_is_used_is_there(dashboard: Document) -> None:
    """Axes, groups, orders and tables name columns of their layer."""
    for panel in panels(dashboard):
        if panel["type"] != "lens":
            continue
        title, state = panel["embeddableConfig"]["title"], panel["embeddableConfig"]["attributes"]["state"]
        (layer,) = state["datasourceStates"]["formBased"]["layers"].values()
        ids = set(layer["columns"])
        assert layer["columnOrder"] == sorted(ids, key=layer["columnOrder"].index)
        orders = {
            column["params"]["orderBy"]["columnId"]
            for column in layer["columns"].values()
            if column["operationType"] == "terms"
        }
        assert orders <= ids, title
        assert {each for each in texts(state["visualization"]) if each in ids} == ids, title
        buckets = [layer["columns"][name]["isBucketed"] for name in layer["columnOrder"]]
        assert buckets == sorted(buckets, reverse=True), "buckets come before metrics"


def texts(value: Any) -> set[str]:
    """Every text in a document."""
    if isinstance(value, dict):
        return set().union(*(texts(each) for each in value.values()))
    if isinstance(value, list):
        return set().union(*(texts(each) for each in value))
    return {value} if isinstance(value, str) else set()


def test_rows_lead_into_the_engine() -> None:
    """Trace ids wherever they are shown, incidents by their key and by their own link."""
    formats = {
        each["id"]: json.loads(each["attributes"]["fieldFormatMap"])
        for each in DOCUMENTS
        if each["type"] == "index-pattern"
    }
    for view, by_field in formats.items():
        template = by_field["trace.id"]["params"]["urlTemplate"]
        assert template == "http://127.0.0.1:7070/api/v1/traces/{{value}}/root-cause", view
    conclusions = formats["correlator-conclusions"]
    assert conclusions["correlator.incident.key"]["params"]["urlTemplate"].endswith("/incidents/{{value}}/root-cause")
    assert conclusions["event.url"]["params"]["urlTemplate"] == "{{rawValue}}"
