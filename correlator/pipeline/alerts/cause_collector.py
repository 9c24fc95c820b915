"""Causes as series on /metrics: at most 20 incidents, of each at most 20 objectives and itself."""

from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from correlator.pipeline.alerts.causes import Causes
from correlator.slo.rule_files.names import CAUSE_INFO, INCIDENT_RATE, SLOTH_ID

LABELS: Final = ("incident", SLOTH_ID, "system", "service", "cause", "link")


class CauseCollector(Collector):
    """Shows what `read` gives."""

    def __init__(self, read: Callable[[], Causes]) -> None:
        self._read = read

    def describe(self) -> Iterator[GaugeMetricFamily]:
        yield from _families()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        causes, (info, rate) = self._read(), _families()
        for each in causes.infos:
            info.add_metric([each.incident, each.sloth_id, each.system, each.service, each.cause, each.link], 1.0)
        for incident, failures in causes.failures_per_minute:
            rate.add_metric([incident], failures)
        yield from (info, rate)


def _families() -> tuple[GaugeMetricFamily, GaugeMetricFamily]:
    info = GaugeMetricFamily(
        CAUSE_INFO, "The cause of an incident of now or of the last hour, for each objective that it concerns.", labels=LABELS
    )  # fmt: skip
    rate = GaugeMetricFamily(
        INCIDENT_RATE, "Failures of such an incident, a minute since it opened.", labels=("incident",)
    )
    return info, rate
