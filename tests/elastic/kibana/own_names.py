"""Data streams and indices of a test's own on a shared server, made by our templates and gone after it."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from elasticsearch import Elasticsearch

from correlator.cli.kibana.shipped import fitted_pattern
from correlator.elasticsearch import Names
from correlator.elasticsearch.names import INDICES
from correlator.elasticsearch.setup import Plan, apply, plan
from correlator.elasticsearch.templates import wanted_templates

SIGNALS: Final = ("traces", "logs", "metrics")
RETENTION_S: Final = 86_400.0 * 365
"""Longer than what is recorded is old."""


@contextmanager
def own_names(url: str) -> Iterator[tuple[Elasticsearch, Names]]:
    """A client, and names under which the streams and indices are there, empty."""
    own = f"kbn{uuid.uuid4().hex[:10]}"
    names = Names(prefix=own, dataset=own)
    with Elasticsearch(url, request_timeout=120) as client:
        try:
            apply(client, _of_dashboards(plan(client, names, RETENTION_S), names))
            yield client, names
        finally:
            _remove(client, names)


def own_part(pattern: str, names: Names) -> str:
    """Of an index pattern that part that is the test's own: `traces-*` finds what everybody wrote."""
    streams = {f"{signal}-*": f"{signal}-{names.data_stream_dataset}-*" for signal in SIGNALS}
    return ",".join(streams.get(part, part) for part in fitted_pattern(pattern, names.prefix).split(","))


def _of_dashboards(plan: Plan, names: Names) -> Plan:
    """Of the plan what dashboards read: each index costs a shared server time."""
    others = {names.index(word) for word in INDICES} - {names.incidents, names.findings}
    return replace(plan, steps=tuple(step for step in plan.steps if step.name not in others))


def _remove(client: Elasticsearch, names: Names) -> None:
    """By name: a data stream before its template, that before its components."""
    quiet = client.options(ignore_status=404)
    for signal in SIGNALS:
        quiet.indices.delete_data_stream(name=names.stream(signal))
    for word in INDICES:
        quiet.indices.delete(index=names.index(word))
    for template in reversed(wanted_templates(names, RETENTION_S)):
        if template.kind == "index template":
            quiet.indices.delete_index_template(name=template.name)
        else:
            quiet.cluster.delete_component_template(name=template.name)
