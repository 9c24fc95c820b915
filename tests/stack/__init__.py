"""The live stack on loopback: a real n8n, Redis, bridge, workers and the engine, each a process that is ended by its pid.

`python -m tests.stack start | status | stop`. The way in: stack.py puts it together; process.py is one process; n8n_process.py,
redis_process.py and services.py know what each needs; n8n_api.py speaks to n8n, workflows.py says what it runs.
"""
