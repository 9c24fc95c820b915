"""The bridge: takes n8n's calls, queues jobs, waits for their outcomes. A process: `python -m correlator.demo.bridge`.

__main__.py      options, and what is built from them
app.py           the application: middleware and routes put together
hybrid.py        POST /api/v1/hybrid-processing
request.py       what such a call says: JSON Schema, then a value
request.schema.json, strict.schema.json   the schema, and the one of a release that asks for more
answers.py       what the bridge answers, errors with their cause across systems
status.py        GET /api/v1/status/{workflow_id}, GET /api/v1/dead-letters
invoices.py      the recorded demo's routes, /jobs*
quota.py         the service that the bridge asks before it takes a call, and a stub of it
front.py         middleware: the proxy that may lose headers, and the driver's labels
"""
