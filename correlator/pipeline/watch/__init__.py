"""Failing traces become incidents, turn by turn: watch is the loop, all else a step of its turn.

error_arrivals  which errors are new; waiting: traces that are not still yet; loose_errors: logs without a trace, of a story
failing_traces  what is remembered of traces that fail
accounting      each story is counted once; precedents: many of one signature, of which few are read
ledger          the causes that a turn touches; metrics: what it shows of itself
"""
