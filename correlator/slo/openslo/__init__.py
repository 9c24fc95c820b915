"""OpenSLO v1 files to objectives: docs/how-to/write-an-objective.md is what is read of it. Every mistake has its line.

document        files -> objectives; parts: documents that others name; header: kind, metadata, spec
slo             a document of kind SLO
promise         one entry of `objectives`: target, slices, and whether it can be kept and watched at all
indicator       an SLI: our records or Prometheus
alert_policies  windows of your own; annotations: gates for low traffic
scalars         ratios, durations, names
"""

from correlator.slo.openslo.document import Document, RuleFile, read_objectives
from correlator.slo.openslo.slo import WrittenObjective

__all__ = ["Document", "RuleFile", "WrittenObjective", "read_objectives"]
