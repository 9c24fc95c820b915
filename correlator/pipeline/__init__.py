"""The verbs that doors, API and command line call.

record         takes telemetry in: durable before it is acknowledged
investigate    explains one trace, from what the store holds now
watch          keeps incidents, turn by turn; error_arrivals: which errors are new; waiting: traces not still yet;
               failing_traces: what is remembered of them; precedents: counting by signature;
               ledger: the causes that a turn touches; watch_metrics: what it shows
"""
