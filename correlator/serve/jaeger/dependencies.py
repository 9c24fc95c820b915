"""The service graph as Jaeger's dependencies."""

from collections import Counter
from typing import Any

from correlator.model.service_graph import ServiceGraph


def calls_between(graph: ServiceGraph, service: str = "") -> list[dict[str, Any]]:
    """One link for each caller and callee, by name; only those of `service` where one is given."""
    calls: Counter[tuple[str, str]] = Counter()
    for edge in graph.edges:
        if service in ("", edge.caller, edge.callee):
            calls[edge.caller, edge.callee] += edge.calls
    return [{"parent": parent, "child": child, "callCount": calls[parent, child]} for parent, child in sorted(calls)]
