"""The verbs that doors, API and command line call.

record         takes telemetry in: durable before it is acknowledged
investigate    explains one trace and its story, from what the store holds now; story: the other traces that belong to it
find_stories   stories by an execution or a job
propagation    how often trace context arrives, of a bounded sample; and as gauges
executions     what every workflow is doing, and who is told; recall_executions: the same after a restart, from the store;
               named_records: how they are found there
alerts/        what alerts are told of incidents, and which incident an alert that came in is of; exporter: who tells others
events         what the engine publishes; redis_events keeps it over restarts
buffered_bytes bounds the bodies that are still arriving, all of them together
watch          keeps incidents, turn by turn; error_arrivals: which errors are new; waiting: traces not still yet;
               failing_traces: what is remembered of them; accounting: each story counted once; precedents: by signature;
               loose_errors: logs without a trace that belong to a story;
               ledger: the causes that a turn touches; watch_metrics: what it shows
"""
