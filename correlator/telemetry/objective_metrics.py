"""Objectives on /metrics: counters that the rules of `correlator rules build` read, and gauges for who loads no rules.

Numbers are handed in; a scrape writes down what was handed in last, and computes nothing.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

COUNTER_LABELS: Final = ("objective", "sloth_id", "sloth_service", "sloth_slo")
IDENTITY: Final = ("sloth_id", "sloth_service", "sloth_slo")


@dataclass(frozen=True, slots=True)
class ShownObjective:
    """One objective as metrics. What is None is not known, and left out.

    `written_id` is the id as it is written, `id` adds the workflow of one for each. `burn_rates` are by window, as Prometheus writes it; `alerts` by severity.
    """

    written_id: str
    id: str
    service: str
    name: str
    target: float
    events: float
    good_events: float
    budget_remaining: float | None
    coverage: float
    burn_rates: Sequence[tuple[str, float]]
    alerts: Sequence[tuple[str, bool]]


class ObjectiveMetrics(Collector):
    """Shows the objectives that it was given last; at first none."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._families: tuple[Metric, ...] = tuple(_families((), 0))

    def show(self, objectives: Sequence[ShownObjective], unshown: int = 0) -> None:
        """From now on these; `unshown` more are over the bound."""
        families = tuple(_families(objectives, unshown))
        with self._lock:
            self._families = families

    def describe(self) -> Iterator[Metric]:
        return iter(_families((), 0))

    def collect(self) -> Iterator[Metric]:
        with self._lock:
            return iter(self._families)


def _families(objectives: Iterable[ShownObjective], unshown: int) -> Iterator[Metric]:
    """Metric families in the order in which they are shown."""
    events = CounterMetricFamily(
        "correlator_slo_events", "Events that an objective's budget is counted in.", labels=COUNTER_LABELS
    )
    good = CounterMetricFamily("correlator_slo_good_events", "The good ones of them.", labels=COUNTER_LABELS)
    ratio = GaugeMetricFamily("correlator_slo_objective_ratio", "The ratio that is promised.", labels=IDENTITY)
    remaining = GaugeMetricFamily(
        "correlator_slo_error_budget_remaining_ratio",
        "Share of the period's error budget that is left; negative where more than all is spent.",
        labels=IDENTITY,
    )
    coverage = GaugeMetricFamily("correlator_slo_coverage_ratio", "How much of the period is known.", labels=IDENTITY)
    burn_rate = GaugeMetricFamily(
        "correlator_slo_burn_rate",
        "How many times too fast the error budget goes, over a window.",
        labels=(*IDENTITY, "window"),
    )
    alert = GaugeMetricFamily(
        "correlator_slo_alert_active",
        "1 while the windows of a severity call; the page inhibits the ticket elsewhere.",
        labels=(*IDENTITY, "sloth_severity"),
    )
    for each in objectives:
        identity = (each.id, each.service, each.name)
        events.add_metric((each.written_id, *identity), each.events)
        good.add_metric((each.written_id, *identity), each.good_events)
        ratio.add_metric(identity, each.target)
        if each.budget_remaining is not None:
            remaining.add_metric(identity, each.budget_remaining)
        coverage.add_metric(identity, each.coverage)
        for window, rate in each.burn_rates:
            burn_rate.add_metric((*identity, window), rate)
        for severity, is_on in each.alerts:
            alert.add_metric((*identity, severity), float(is_on))
    beyond = GaugeMetricFamily(
        "correlator_slo_unshown_objectives", "Objectives over the bound of those shown.", unshown
    )
    yield from (events, good, ratio, remaining, coverage, burn_rate, alert, beyond)
