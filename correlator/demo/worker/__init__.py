"""The worker: takes jobs off the queues, does them, calls back. A process: `python -m correlator.demo.worker`.

__main__.py      options, and what is built from them
runner.py        one start of one job: claim it, do it, close it or have it run again
kinds.py         what each processing type does, and what it logs
each_item.py     one function on every item: those that fail are told beside those that do not
email_send.py, template_render.py, validation.py, invoices.py   the work itself
smtp_stub.py     a mail server that keeps nothing
retrying.py      which errors may pass, and how long to wait
callbacks.py     tells n8n how a job ended: retries, timeout, circuit breaker
failing.py       the faults that a worker can be asked for
supervisor.py    starts worker processes, and another where one dies
telemetry.py     the worker's metrics
"""
