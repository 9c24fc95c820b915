"""Kibana's dashboards by an independent writer's schemas, and their queries by Kibana's own parser."""

import json
from pathlib import Path

import pytest

from correlator.cli.kibana.shipped import shipped_file
from tests.e2e.kibana_packages import OLDEST_PYTHON, mistakes, python312, translated
from tests.e2e.npm_packages import WHY_ABSENT
from tests.elastic.kibana import kql
from tests.elastic.kibana.objects import charts, searches

pytestmark = pytest.mark.timeout(600)
PYTHON = python312()
WHY_NO_SCHEMAS = f"there is no Python from {'.'.join(map(str, OLDEST_PYTHON))} on, which kb-dashboard-core needs"
needs_parser = pytest.mark.skipif(WHY_ABSENT is not None, reason=str(WHY_ABSENT))
needs_schemas = pytest.mark.skipif(PYTHON is None, reason=WHY_NO_SCHEMAS)


def queries() -> list[str]:
    """Every query of every panel, column and search."""
    found = {each.query for each in (*charts(), *searches())}
    found |= {
        column["filter"]["query"] for chart in charts() for column in chart.columns.values() if "filter" in column
    }
    return sorted(found - {""})


@needs_parser
def test_our_queries_are_read_by_kibanas_parser_and_mean_what_our_tests_ask() -> None:
    """The same query DSL, word by word: so what was asked of the real Elasticsearch is what Kibana asks."""
    assert len(queries()) > 10
    assert translated(queries()) == [kql.read(query).dsl for query in queries()]


@needs_parser
@pytest.mark.parametrize(
    "query",
    [
        "a: 1 or b: (x or y) and not c >= 10",
        'service.name: "a b" and (trace.id: * or not is_error: true)',
        "not (a: false or b < 3) and c: (one or two or three)",
    ],
)
def test_our_reading_of_the_language_is_kibanas(query: str) -> None:
    """Beyond the queries that we have: precedence, groups, ranges, lists."""
    assert translated([query]) == [kql.read(query).dsl]


@needs_parser
@pytest.mark.parametrize("query", ["a: (b", "a: 1)", "(a: 1"])
def test_what_is_no_query_is_refused_by_both(query: str) -> None:
    """So that a mistake would be seen."""
    assert "mistake" in translated([query])[0]
    with pytest.raises((ValueError, IndexError)):
        kql.read(query)


@needs_schemas
def test_dashboards_are_of_the_shapes_that_another_writer_knows(tmp_path: Path) -> None:
    """No key that it does not know, no value that it does not take; tests/e2e/kibana_shapes.py lists what differs on purpose."""
    assert PYTHON is not None
    assert mistakes(shipped_file(), PYTHON) == []


@needs_schemas
def test_the_schemas_do_find_mistakes(tmp_path: Path) -> None:
    """A key, a value and a kind of column that are wrong are each told."""
    assert PYTHON is not None
    lines = map(json.loads, shipped_file().read_text(encoding="utf-8").splitlines())
    (document,) = [each for each in lines if (each["type"], each["id"]) == ("dashboard", "correlator-errors")]
    text = document["attributes"]["panelsJSON"]
    for number, (right, wrong) in enumerate(
        (
            ('"panelIndex"', '"panelIndices"'),
            ('"operationType": "terms"', '"operationType": "words"'),
            ('"accessors"', '"axes"'),
        )
    ):
        file = tmp_path / f"{number}.ndjson"
        assert right in text
        broken = document["attributes"] | {"panelsJSON": text.replace(right, wrong)}
        file.write_text(json.dumps(document | {"attributes": broken}), encoding="utf-8")
        assert mistakes(file, PYTHON), wrong
