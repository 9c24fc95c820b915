"""Objectives as rules of Prometheus. Pure: objectives -> YAML texts; docs/how-to/alert-from-prometheus.md tells what they say.

rule_text        the two formats, a file each objective; header and YAML
names            series, labels and the engine's counters that rules read
rule             recording rules, alerts and groups as values
scope            which series are an objective's, and the labels that its rules add
events           PromQL for the total and the failed events of a window, from each kind of source
plain_selector   queries that are one selector, and those that are not
recordings       Sloth's recording rules, and the sums and coverage beneath them
alerts           windows that freeze on missing data, gates, and the two alerts
pyrra            Pyrra's generic names
rule_tests       the unit tests beside the rules; counter_story: what their counters do
"""

from correlator.slo.rule_files.rule_text import FORMATS, Format, RuleText, is_built, rule_texts

__all__ = ["FORMATS", "Format", "RuleText", "is_built", "rule_texts"]
