"""correlator: which component failed first, and why, across n8n, bridge and workers.

The way of the data, one direction, no way back:

    doors      bytes of OTLP requests, messages of Kafka  correlator.doors
    decode     bytes -> Arrow tables, pure                correlator.doors.otlp_decode
    record     durable before it is acknowledged          correlator.pipeline.record, correlator.store
    assemble   rows -> traces                             correlator.correlate.assemble
    explain    trace -> ranked causes with evidence       correlator.explain
    incident   failures by one cause, opened and resolved correlator.incidents, correlator.pipeline.watch.watch
    count      new records -> good and all, by minute     correlator.pipeline.slo.ledger_job
    objective  minutes -> budgets, burn rates, alerts     correlator.slo, correlator.pipeline.slo
    export     to OTLP backends, Elasticsearch, Alertmanager   exporters
    serve      HTTP API, /metrics, command line           correlator.serve, correlator.cli

The store is embedded, or an Elasticsearch which several engines share: of these one concludes (correlator.pipeline.leadership).
What is known of Elasticsearch's documents, templates and roles: correlator.elasticsearch.

A service that only sends telemetry imports `correlator.telemetry`, which needs none of the engine.
"""

__version__ = "0.1.0"
