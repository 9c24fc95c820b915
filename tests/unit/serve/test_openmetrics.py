"""Which exposition format a scraper gets."""

from collections.abc import Callable, Iterable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from correlator.serve.openmetrics import accepts_openmetrics, expose

PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
    "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.2,*/*;q=0.1"
)


@pytest.mark.parametrize(
    "accept", [PROMETHEUS_3, "application/openmetrics-text", "Application/OpenMetrics-Text; q=0.1"]
)
def test_openmetrics_is_given_to_whoever_names_it(accept: str) -> None:
    """Prometheus names it among others."""
    assert accepts_openmetrics(accept)


@pytest.mark.parametrize("accept", ["", "*/*", "text/plain", "text/html", "application/openmetrics-text;q=0", ";;,,="])
def test_everybody_else_gets_the_classic_text(accept: str) -> None:
    """curl and browsers among them."""
    assert not accepts_openmetrics(accept)


def test_exemplars_are_in_openmetrics_only() -> None:
    """The classic format has no place for them."""
    registry = CollectorRegistry()
    Counter("seen", "Seen.", registry=registry).inc(exemplar={"trace_id": "ab"})
    modern, classic = expose(registry, PROMETHEUS_3), expose(registry, "text/plain")
    assert b'trace_id="ab"' in modern.body
    assert b"trace_id" not in classic.body
    assert modern.content_type.startswith("application/openmetrics-text; version=1.0.0")
    assert classic.content_type.startswith("text/plain; version=")
    assert [family.name for family in read_openmetrics(modern.body.decode())] == ["seen"]  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(("accept", "read"), [(PROMETHEUS_3, read_openmetrics), ("text/plain", read_text)])
@given(name=st.text())
@example(name='a"b\\c\nd\re\0\u2028{}#,\\n # EOF')
def test_labels_say_what_was_said(accept: str, read: Callable[[str], Iterable[Metric]], name: str) -> None:
    """Names come from outside, and one that is not escaped would end its line, and the whole scrape."""
    registry = CollectorRegistry()
    Counter("seen", "Seen.", ("workflow",), registry=registry).labels(name).inc()
    families = read(expose(registry, accept).body.decode())
    assert {sample.labels["workflow"] for family in families for sample in family.samples} == {name}
