"""Every panel, search and control of Kibana's dashboards, asked of an Elasticsearch that holds what the live stack once told.

No Kibana is here: what it would send is written by tests/elastic/kibana, its own parser and an independent writer of the same
shapes check that in tests/e2e/test_kibana_schemas.py.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any, Final

import pytest
import yaml
from elasticsearch import BadRequestError

from correlator.cli.kibana.shipped import shipped_file
from correlator.elasticsearch import Names
from tests.elastic.kibana import kql
from tests.elastic.kibana.lens import fields_of, search_of, shows, within
from tests.elastic.kibana.objects import Chart, Search, charts, controls, of_type, patterns, searches
from tests.elastic.kibana.recorded import Recorded, recorded

pytestmark = pytest.mark.timeout(600)
CHARTS: Final = list(charts())
SEARCHES: Final = list(searches())
CONTROLS: Final = list(controls())
EMPTY_FILE: Final = shipped_file().parent / "empty_by_design.yaml"
INTERVAL: Final = "10s"  # what Kibana would choose for some minutes
NUMBERS: Final = {"long", "integer", "short", "byte", "double", "float", "half_float", "scaled_float"}
DATES: Final = {"date", "date_nanos"}
BORNE_BY: Final = {
    "terms": {"keyword", "boolean", "ip", "constant_keyword"} | NUMBERS,
    "unique_count": {"keyword", "boolean", "ip", "constant_keyword"} | NUMBERS | DATES,
    "date_histogram": DATES,
    "percentile": NUMBERS,
    "max": NUMBERS | DATES,
    "sum": NUMBERS,
}
"""Operations of Lens to the types of fields that bear them."""


@pytest.fixture(scope="module")
def filled(elasticsearch_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """The server with the recorded stories, under names of this run."""
    with recorded(elasticsearch_url, tmp_path_factory.mktemp("recorded")) as filled:
        yield filled


@pytest.fixture(scope="module")
def types(filled: Recorded) -> dict[str, dict[str, set[str]]]:
    """Of each data view: field to its types, as the server tells them for the indices that the pattern finds."""
    return {view: types_of(filled, pattern) for view, pattern in patterns().items()}


def types_of(filled: Recorded, pattern: str) -> dict[str, set[str]]:
    caps = filled.client.field_caps(index=filled.indices(pattern), fields="*", filters="-metadata")["fields"]
    return {name: {kind for kind, told in by_type.items() if told["searchable"]} for name, by_type in caps.items()}


def ask(filled: Recorded, chart: Chart) -> Any:
    """What Elasticsearch answers to a chart."""
    body = search_of(chart, filled.start, filled.end, INTERVAL)
    return filled.client.search(index=filled.indices(patterns()[chart.view]), **body).body


def found(filled: Recorded, search: Search, size: int = 1) -> Any:
    """What Discover shows."""
    return filled.client.search(
        index=filled.indices(patterns()[search.view]),
        query={"bool": {"filter": [kql.read(search.query).dsl, within(filled.start, filled.end)]}},
        sort=[{search.sort: {"order": search.order, "unmapped_type": "boolean"}}],
        size=size,
        track_total_hits=True,
    )["hits"]


def empty_by_design(kind: str) -> set[str]:
    """The places of `kind` (panels | searches) that show nothing; each with a reason."""
    listed = yaml.safe_load(EMPTY_FILE.read_text(encoding="utf-8"))[kind]
    assert all(len(each["reason"]) > 20 for each in listed), "each place that is listed needs its reason"
    return {each["place"] for each in listed}


def test_each_chart_shows_something_or_is_listed(filled: Recorded) -> None:
    """Asked as Kibana asks; one that is listed as empty must be empty."""
    empty = {chart.place for chart in CHARTS if not shows(chart, ask(filled, chart))}
    assert empty == empty_by_design("panels")
    assert len(CHARTS) >= 40


def test_each_saved_search_finds_something(filled: Recorded) -> None:
    """In its order, and of the kind that it is about."""
    empty = {search.place for search in SEARCHES if found(filled, search)["total"]["value"] == 0}
    assert empty == empty_by_design("searches")


def test_each_field_is_there_and_bears_what_is_asked_of_it(types: dict[str, dict[str, set[str]]]) -> None:
    """A field that two kinds of documents map differently is none to Kibana: it says conflict, and shows nothing."""
    wrong = []
    for chart in CHARTS:
        for name, operation in fields_of(chart).items():
            there = types[chart.view].get(name, set())
            if not there or not there <= BORNE_BY.get(operation, there):
                wrong.append(f"{chart.place}: {operation} of {name}: {there or 'no such field'}")
    for search in SEARCHES:
        names = {*search.columns, search.sort, *kql.read(search.query).fields}
        wrong += [f"{search.place}: {name}: no such field" for name in names if not types[search.view].get(name)]
    assert wrong == []


def test_each_field_that_is_formatted_is_there(types: dict[str, dict[str, set[str]]]) -> None:
    """A link that no row shows is a mistake; and the time by which people choose is a time."""
    for view in of_type("index-pattern"):
        attributes = view["attributes"]
        there = types[view["id"]]
        assert json.loads(attributes["fieldFormatMap"]).keys() <= there.keys(), view["id"]
        assert there[attributes["timeFieldName"]] <= DATES, view["id"]


def test_each_control_offers_values_and_filters_every_panel(
    filled: Recorded, types: dict[str, dict[str, set[str]]]
) -> None:
    """A field that the data view of a panel lacks would empty the panel."""
    for control in CONTROLS:
        for view in control.views:
            assert types[view].get(control.field), f"{control.place}: {view} has no {control.field}"
        values = {"terms": {"field": control.field, "size": 10}}
        index = filled.indices(patterns()[control.view])
        answer = filled.client.search(index=index, size=0, aggs={"values": values})
        assert answer["aggregations"]["values"]["buckets"], control.place


def test_a_story_is_found_whole_by_an_id_that_its_traces_share(filled: Recorded) -> None:
    """The search one-story, filtered by a join key as its control does: records of more than one system and trace."""
    (story,) = [search for search in SEARCHES if search.place == "correlator-one-story"]
    (joined,) = [chart for chart in CHARTS if chart.place.endswith("/ Joined by")]
    key = ask(filled, joined)["aggregations"]["top-correlator-join_keys"]["buckets"][0]["key"]
    hits = found(filled, replace(story, query=f'({story.query}) and correlator.join_keys: "{key}"'), size=100)["hits"]
    sources = [hit["_source"] for hit in hits]
    assert len({source["trace_id"] for source in sources if "trace_id" in source}) > 1
    assert [source["@timestamp"] for source in sources] == sorted(source["@timestamp"] for source in sources)


def test_silent_successes_are_those_of_the_engine(filled: Recorded) -> None:
    """Each incident in which that pattern fits, no other."""
    (search,) = [search for search in SEARCHES if search.place == "correlator-silent-successes"]
    expected = {
        incident.key
        for incident in filled.incidents
        if "failure-hidden-by-continue-on-error" in {match.rule_id for match in incident.root_cause.patterns}
    }
    hits = found(filled, search, size=100)["hits"]
    assert {hit["_source"]["correlator"]["incident"]["key"] for hit in hits} == expected
    assert expected


def test_slowest_nodes_come_slowest_first(filled: Recorded) -> None:
    """By duration, and nothing but nodes."""
    (search,) = [search for search in SEARCHES if search.place == "correlator-slowest-nodes"]
    sources = [hit["_source"] for hit in found(filled, search, size=50)["hits"]]
    durations = [source["duration"] for source in sources]
    assert durations == sorted(durations, reverse=True)
    assert {source["name"] for source in sources} == {"node.execute"}


def test_patterns_find_what_the_engine_writes_by_default() -> None:
    """The streams and indices of default names, each by a data view."""
    names = Names()
    written = [names.stream("traces"), names.stream("logs"), names.incidents, names.findings]
    every = [part for pattern in patterns().values() for part in pattern.split(",")]
    assert [name for name in written if not any(fnmatchcase(name, part) for part in every)] == []


def test_a_chart_that_is_wrong_is_seen(filled: Recorded, types: dict[str, dict[str, set[str]]]) -> None:
    """A query that finds nothing, a field that is not there, and an order that means nothing."""
    (good,) = [chart for chart in CHARTS if chart.place.endswith("/ Exceptions")]
    assert not shows(good, ask(filled, replace(good, query="service.name: nobody")))
    lost = {**good.columns, "top-service-name": {**good.columns["top-service-name"], "sourceField": "service.nam"}}
    assert not shows(good, ask(filled, replace(good, columns=lost)))
    assert "service.nam" not in types[good.view]
    params = {
        **good.columns["top-service-name"]["params"],
        "orderBy": {"type": "column", "columnId": "distinct-trace-id.x"},
    }
    with pytest.raises((BadRequestError, KeyError)):
        ask(
            filled,
            replace(
                good,
                columns={**good.columns, "top-service-name": {**good.columns["top-service-name"], "params": params}},
            ),
        )


def test_the_file_of_empty_places_lists_places_that_are_there() -> None:
    """A panel that was renamed is not forgotten in the list."""
    assert empty_by_design("panels") <= {chart.place for chart in CHARTS}
    assert empty_by_design("searches") <= {search.place for search in SEARCHES}
