"""How the test on the live stack asks for what Grafana asks, and for what alerts compare."""

import pytest

from tests.e2e.grafana_expressions import filled, verdict


def test_variables_are_filled_in_as_grafana_does() -> None:
    """All values as alternatives, special characters as text; times from what is shown and from the interval of scrapes."""
    expr = 'rate(a{route=~"$route"}[$__rate_interval]) + increase(a[$__range])'
    expected = 'rate(a{route=~"(\\\\/x\\\\/\\\\{id\\\\}|b)"}[8s]) + increase(a[60s])'
    assert filled(expr, {"route": ["/x/{id}", "b"]}, 60, 2) == expected


def test_a_group_of_a_regular_expression_is_no_variable() -> None:
    """`$1` belongs to label_replace."""
    expr = 'label_replace(a, "b", "$1", "c", "(.+)")'
    assert filled(expr, {}, 60, 2) == expr


@pytest.mark.parametrize(
    ("expr", "told"),
    [
        ('up{job!="n8n"} == 0', 'up{job!="n8n"} == bool 0'),
        ("a / b > 0.05 and b >= 3", "a / b > bool 0.05 and b >= bool 3"),
        ('a{x=~"<|>"} != 1', 'a{x=~"<|>"} != bool 1'),
        ("a <= bool 1", "a <= bool 1"),
        ("absent(up)", "absent(up)"),
    ],
)
def test_a_comparison_tells_its_verdict(expr: str, told: str) -> None:
    """Outside of selectors and texts only."""
    assert verdict(expr) == told
