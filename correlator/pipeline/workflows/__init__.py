"""What every workflow is doing, and who is told.

executions         the status table, told by many threads; recall_executions: the same after a restart, from the store;
                   heard_elsewhere: what other engines on the same store are told
events             what the engine publishes; redis_events keeps it over restarts
n8n_durations      how long executions and nodes take, for /metrics
"""
