"""The verbs that doors, API and command line call.

record     takes telemetry in: durable before it is acknowledged; buffered_bytes bounds bodies that are still arriving
stories    explains a trace and its story, from what the store holds now
watch      turn by turn, failing traces become incidents
leadership which of several engines on one store concludes, and for how long
patterns   known ways of failing, held against what is watched
slo        objectives on real events: counted, judged, reported, backtested
alerts     what alerts are told of incidents, and which incident an alert that came in is of; exporter: who tells others
workflows  what every workflow is doing, and who is told
rules      files of rules, of any kind: read, checked, built
"""
