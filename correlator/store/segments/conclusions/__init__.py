"""What the engine concluded and counted, in the catalog's tables.

conclusions     the watch's state, incidents, error groups
outcome_ledger  minutes, standing outcomes and runs
"""
