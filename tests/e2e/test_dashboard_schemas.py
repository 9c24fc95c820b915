"""The dashboards by Grafana's own types, and their expressions by Prometheus's own parser, both from npm."""

import copy
import re
from pathlib import Path

import pytest

from tests.e2e.grafana_packages import mistakes, unparsable
from tests.e2e.npm_packages import WHY_ABSENT
from tests.unit.dashboards.documents import asked, boards

pytestmark = [pytest.mark.skipif(WHY_ABSENT is not None, reason=str(WHY_ABSENT)), pytest.mark.timeout(600)]


def test_dashboards_are_of_grafanas_types(tmp_path: Path) -> None:
    """No field that Grafana does not know, no value that it does not take; panels' own options included."""
    assert mistakes(boards(), tmp_path) == ""


def test_the_types_do_find_mistakes(tmp_path: Path) -> None:
    """A field, a value and a panel's option that are wrong are each told."""
    field, value, option = (copy.deepcopy(boards()["overview"]) for _ in range(3))
    field["graphTooltips"] = 1
    value["panels"][0]["fieldConfig"]["defaults"]["thresholds"]["mode"] = "relative"
    option["panels"][0]["options"]["colorMode"] = "rainbow"
    found = mistakes({"field": field, "value": value, "option": option}, tmp_path).splitlines()
    assert {line.partition(".ts(")[0] for line in found if ": error " in line} == {"field", "value", "option"}


def test_expressions_are_read_by_prometheuss_parser() -> None:
    """As in Grafana's editor; variables of time are filled in first, those of labels are text within quotes."""
    expressions = [query.expr for stem, board in boards().items() for query in asked(stem, board)]
    assert unparsable([re.sub(r"\$__\w+", "5m", each) for each in expressions]) == []
    assert unparsable(["sum(rate(a[5m])", "up == "]) == ["sum(rate(a[5m])", "up == "]
