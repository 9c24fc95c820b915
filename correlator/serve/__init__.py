"""The HTTP API: what an on-call engineer, the command line and Prometheus ask.

    app.py               make_app: the routes below on one store, one investigator
    routes/              one file a subject: thin, each parses, calls one verb, answers
    jaeger/              the same records as Jaeger would answer with them, for Grafana
    parameters.py        times, ids and limits as they come in a query
    schemas/             what goes out, a file a subject: every field with its meaning, as OpenAPI shows it
    problems.py          every failure as RFC 9457 problem+json
    authorization.py     the bearer token, where one is set
    local_requests.py    without a token: only what asks for this machine under its own names, so no web page
    workflows.py         what the routes of callbacks, statuses and events stand on
    request_body.py      a body within bounds of size and time, for routes that read it themselves
    event_stream.py      server-sent events
    request_metrics.py   counts and times each request, with its trace as exemplar
    openmetrics.py       /metrics
    health.py            what /readyz asks of each dependency

Handlers are plain functions: stores block, so that FastAPI runs them in its threads.
"""

from correlator.serve.app import make_app
from correlator.serve.health import Health, State

__all__ = ["Health", "State", "make_app"]
