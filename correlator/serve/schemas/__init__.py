"""What the API answers, field by field, as OpenAPI shows it: a file a subject, named as its routes are.

Mirrors correlator.model; made from its values by attribute, or by the `*_of` beside the answer where that does not do. Ids are
lowercase hex, times unix nanoseconds (they do not fit a JavaScript number exactly: parse them as big integers).

traces, stories      spans that belong together; `records` are the spans and logs in them
findings             why something failed; `pattern_matches` are the known ways of failing among it
incidents, errors    what failed, by cause and by fingerprint
services             who calls whom
propagation          how often trace context arrives
patterns             the rules in force
slos, slo_reports    objectives: how they stand, how a day, a week or a month went
alerts               what an Alertmanager told
workflows            callbacks and executions
probes               the engine itself

schema               the class that most of them are
fields               fields that several have; `rfc3339` writes times for people
"""
