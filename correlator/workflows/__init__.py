"""What workflows are doing now, and who is told: pure values and rules, no clock.

callback.py      what a sender told of an execution
observation.py   one thing heard of an execution, from a callback, from n8n's REST API, or from the store after a restart
status.py        observations to a status, in whatever order they come: the state machine, as a table
status_table.py  the latest executions of each workflow, bounded by age and number; who has been silent for too long
recent_uids.py   the last callbacks, so that a double is known
topics.py        names of events and the patterns that select them
event_bus.py     publish, subscribe, history: numbered events, and what a slow or late subscriber missed
"""
