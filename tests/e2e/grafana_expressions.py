"""What Grafana asks Prometheus for: its variables filled in, as its Prometheus data source does it."""

import re
from collections.abc import Mapping
from typing import Any

from tests.e2e.observed_stack import Prometheus

_LABEL_VALUES = re.compile(r"label_values\((.+), (\w+)\)")
_COMPARISON = re.compile(r'(\{[^}]*\}|"[^"]*")|(==|!=|>=|<=|(?<![=!<>])[<>](?!=))(?!\s*bool)')
_SPECIAL = re.compile(r"[\\^$*+?.()|\[\]{}/]")


def values_of(variables: list[dict[str, Any]], prometheus: Prometheus) -> dict[str, list[str]]:
    """The values of each variable of a dashboard. One that depends on another is asked with all values of that one."""
    known: dict[str, list[str]] = {}
    for variable in variables:
        match = _LABEL_VALUES.fullmatch(variable["query"]["query"])
        assert match is not None, variable["query"]
        known[variable["name"]] = prometheus.label_values(match[2], filled(match[1], known, 0, 0))
    return known


def filled(expr: str, variables: Mapping[str, list[str]], shown_s: int, scrape_s: int) -> str:
    """The expression with every variable at "all", as if each value were chosen by hand: a label that no series has finds nothing.

    `shown_s` is the time shown, `scrape_s` the data source's interval of scrapes: `$__rate_interval` is four times that.
    """
    texts = {
        "__range": f"{shown_s}s",
        "__rate_interval": f"{4 * scrape_s}s",
        "__interval": f"{scrape_s}s",
        **{name: "(" + "|".join(map(_escaped, values)) + ")" for name, values in variables.items()},
    }
    return re.sub(r"\$([A-Za-z_]\w*)", lambda match: texts[match[1]], expr)


def verdict(expr: str) -> str:
    """An alert's expression where each comparison tells what it found instead of hiding what is well: `a > 5` is `a > bool 5`."""
    return _COMPARISON.sub(lambda match: match[1] or f"{match[2]} bool", expr)


def _escaped(value: str) -> str:
    """A text within a regular expression within a string of PromQL."""
    return _SPECIAL.sub(r"\\\\\g<0>", value)
