"""The shipped dashboards: current, described, laid out well, without a dead link, and readable by Grafana's own bindings."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard
from grafana_foundation_sdk.models.units import __dict__ as known_units

from dashboards.source import __main__ as program
from dashboards.source.__main__ import file_of
from dashboards.source.catalogue import BOARDS
from dashboards.source.document import text_of
from dashboards.source.layout import WIDTH
from tests.stack.n8n_process import METRICS
from tests.unit.dashboards.documents import FILES, FOLDER, Document, asked, boards, panels, read, variables

UNITS = {value for value in known_units.values() if isinstance(value, str)}
SCREEN = 28
"""Grid units of 30 px and 8 px between that a screen of 1080 px shows below Grafana's own head."""
each_board = pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])


def provisioned() -> dict[str, Document]:
    """Uid to data source."""
    document = yaml.safe_load((FOLDER / "provisioning" / "datasources" / "correlator.yaml").read_text())
    return {each["uid"]: each for each in document["datasources"]}


def links(document: Any) -> list[str]:
    """Every address that a dashboard leads to."""
    if isinstance(document, dict):
        own = [document["url"]] if isinstance(document.get("url"), str) and document["url"] else []
        return own + [url for value in document.values() for url in links(value)]
    return [url for value in document for url in links(value)] if isinstance(document, list) else []


def sources(document: Any) -> list[str]:
    """The uid of each data source that anything of a dashboard asks."""
    if isinstance(document, dict):
        own = [document["datasource"]["uid"]] if "datasource" in document else []
        return own + [uid for value in document.values() for uid in sources(value)]
    return [uid for value in document for uid in sources(value)] if isinstance(document, list) else []


def test_the_files_are_what_the_program_writes() -> None:
    """`make dashboards` changes nothing; no file is left of a dashboard that is gone."""
    assert {file_of(board): text_of(board) for board in BOARDS} == {file: file.read_text() for file in FILES}


def test_the_program_says_which_files_are_not_current(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """--check writes nothing; without it the files are written, and then are current."""
    monkeypatch.setattr(program, "FOLDER", tmp_path)
    monkeypatch.setattr(program, "KIBANA_FILE", tmp_path / "correlator.ndjson")
    assert program.main(["--check"]) == 1
    assert "overview.json is not what dashboards/source writes" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    assert program.main([]) == 0
    assert program.main(["--check"]) == 0


@each_board
def test_grafanas_bindings_read_a_dashboard_and_lose_nothing(file: Path) -> None:
    """Read into their classes and written again, it says the same; defaults that they add are no loss."""
    register_default_plugins()
    document = read(file)
    again = json.loads(JSONEncoder().encode(Dashboard.from_json(document)))
    assert lost(document, again) == []
    assert document["schemaVersion"] == 42


def lost(given: Any, again: Any, path: str = "") -> list[str]:
    """Where `again` lacks or changes what `given` says."""
    if isinstance(given, dict) and isinstance(again, dict):
        return [each for key, value in given.items() for each in lost(value, again.get(key), f"{path}.{key}")]
    if isinstance(given, list) and isinstance(again, list) and len(given) == len(again):
        return [
            each for at, (a, b) in enumerate(zip(given, again, strict=True)) for each in lost(a, b, f"{path}[{at}]")
        ]
    return [] if given == again else [path]


@each_board
def test_each_panel_says_what_it_shows(file: Path) -> None:
    """Title, description that ends as a sentence, unit that Grafana knows, thresholds, a query."""
    for panel in panels(read(file)):
        defaults = panel["fieldConfig"]["defaults"]
        assert panel["title"], panel
        assert len(panel["description"]) > 15, panel["title"]
        assert panel["description"].endswith("."), panel["title"]
        assert defaults["unit"] in UNITS, (panel["title"], defaults["unit"])
        assert defaults["thresholds"]["steps"], panel["title"]
        assert panel["targets"], panel["title"]


@each_board
def test_titles_are_told_apart(file: Path) -> None:
    """Within a dashboard no two panels of one row have one title, and no place stands for two queries."""
    board = read(file)
    places = [each.place for each in asked(file.stem, board)]
    assert len(places) == len(set(places))
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))


@each_board
def test_panels_fill_lines_of_the_grid_and_none_lies_on_another(file: Path) -> None:
    """24 columns, no gap at the right, no overlap, sensible heights."""
    covered: dict[tuple[int, int], str] = {}
    for panel in read(file)["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= WIDTH, panel["title"]
        assert 1 <= place["h"] <= 12, panel["title"]
        for cell in (
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        ):
            assert cell not in covered, f"{panel['title']} lies on {covered[cell]}"
            covered[cell] = panel["title"]
    height = max(y for _, y in covered) + 1
    assert len(covered) == height * WIDTH


def test_the_overview_fits_a_screen() -> None:
    """All of it is seen without scrolling."""
    assert max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in boards()["overview"]["panels"]) <= SCREEN


@each_board
def test_links_lead_to_dashboards_and_variables_that_exist(file: Path) -> None:
    """A link from one dashboard to another names its uid, and only variables that it has; time and data source stay."""
    known = {board["uid"]: {each["name"] for each in board["templating"]["list"]} for board in boards().values()}
    for url in links(read(file)):
        if match := re.fullmatch(r"/d/([\w-]+)\?(.*)", url):
            assert match[1] in known, url
            assert set(re.findall(r"var-(\w+)=", match[2])) <= known[match[1]], url
            assert {"${__url_time_range}", "var-datasource=${datasource}"} <= set(match[2].split("&")), url
        else:
            assert url.startswith(("${__data.fields.", "${__value.raw}")), url


def test_every_dashboard_is_reached_from_the_overview() -> None:
    """By a figure or a row of it; and every one has the list of all others at its top."""
    reached = {match[1] for url in links(boards()["overview"]) if (match := re.match(r"/d/([\w-]+)", url))}
    others = {board["uid"] for board in boards().values()} - {"correlator-overview"}
    assert reached == others
    for board in boards().values():
        (to_others,) = board["links"]
        assert (to_others["type"], to_others["tags"]) == ("dashboards", board["tags"])
        assert to_others["keepTime"]
        assert to_others["includeVars"]


@each_board
def test_expressions_use_variables_that_are_there_and_each_variable_is_used(file: Path) -> None:
    """A name that Grafana does not know is asked for as text, and finds nothing."""
    board = read(file)
    names = {each["name"] for each in variables(board)}
    texts = [each.expr for each in asked(file.stem, board)] + [each["query"]["query"] for each in variables(board)]
    used = {name for text in texts for name in re.findall(r"\$\{?([A-Za-z_]\w*)", text)}
    assert used - {"__range", "__rate_interval", "__interval"} == names


@each_board
def test_data_sources_are_those_that_are_provisioned(file: Path) -> None:
    """Each panel asks what the dashboard's variable names, and that is provisioned, as a Prometheus."""
    board = read(file)
    (chosen,) = [each for each in board["templating"]["list"] if each["type"] == "datasource"]
    assert provisioned()[chosen["current"]["value"]]["type"] == chosen["query"] == "prometheus"
    asked_of = sources(board)
    assert len(asked_of) > len(panels(board))
    assert set(asked_of) == {"${datasource}"}


def test_exemplars_lead_to_traces() -> None:
    """The Prometheus data source sends the label trace_id to our Jaeger ones; histograms are asked for exemplars."""
    sources = provisioned()
    destinations = sources["prometheus"]["jsonData"]["exemplarTraceIdDestinations"]
    assert [each["name"] for each in destinations] == ["trace_id", "trace_id"]
    assert {sources[each["datasourceUid"]]["type"] for each in destinations} == {"jaeger"}
    for stem in ("n8n", "services", "bridge"):
        assert any(
            target["exemplar"]
            for panel in panels(boards()[stem])
            for target in panel["targets"]
            if "exemplar" in target
        )


def test_compose_lets_n8n_tell_what_the_dashboards_were_tested_with() -> None:
    """Each switch that the live stack sets on n8n beyond the lab's own; how to see dashboards names them too."""
    root = FOLDER.parents[1]
    services = yaml.safe_load((root / "docker-compose.observability.yml").read_text())["services"]
    how_to = (root / "docs" / "how-to" / "see-dashboards.md").read_text()
    for name in (name for name in METRICS if "INCLUDE" in name):
        assert services["n8n"]["environment"][name] == "true"
        assert name in how_to


def test_no_secret_is_provisioned() -> None:
    """What is secret is read from a file when Grafana starts."""
    for source in provisioned().values():
        for value in source.get("secureJsonData", {}).values():
            assert re.fullmatch(r"Bearer \$__file\{/run/secrets/\w+\}", value)
