"""A good document, to be spoilt by tests."""

from correlator.model.objective import Objective
from correlator.slo.openslo import RuleFile, read_objectives

GOOD = """\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: availability
  displayName: Bridge availability
spec:
  service: bridge
  indicator:
    metadata: {name: answers}
    spec:
      ratioMetric:
        rawType: success
        raw:
          metricSource:
            type: correlator
            spec: {events: server_calls, service: "bridge*"}
  timeWindow:
    - {duration: 30d, isRolling: true}
  budgetingMethod: Occurrences
  objectives:
    - target: 0.999
"""
RATIO = GOOD[GOOD.index("      ratioMetric") : GOOD.index("  timeWindow")]
PROMETHEUS = """\
      ratioMetric:
        counter: true
        bad: {metricSource: {type: Prometheus, spec: {query: 'http_total{code=~"5.."}'}}}
        total: {metricSource: {type: Prometheus, spec: {query: http_total}}}
"""
PROMETHEUS_RATIO = """\
      ratioMetric:
        rawType: failure
        raw: {metricSource: {type: Prometheus, spec: {query: slo:error_ratio}}}
"""
LATENCY = """\
      thresholdMetric:
        metricSource: {type: correlator, spec: {measure: duration_ms, events: server_calls, system: bridge}}
"""


def told(text: str, retention_s: int | None = None) -> list[str]:
    """Every mistake of one file, as a user sees it."""
    return [str(each) for each in read_objectives([RuleFile("a.yaml", text)], retention_s).mistakes]


def spoilt(old: str, new: str) -> list[str]:
    """The mistakes once something in the good document is replaced."""
    assert old in GOOD
    return told(GOOD.replace(old, new))


def read(text: str) -> Objective:
    """The one objective of a text without mistakes."""
    assert told(text) == []
    (written,) = read_objectives([RuleFile("a.yaml", text)]).objectives
    return written.objective
