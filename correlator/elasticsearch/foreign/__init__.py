"""Documents that others wrote, as the requests that the same records would have been at a door.

    sources        which index holds what: OTel mode of the Collector's Elasticsearch exporter, ECS, fields of a user's own
    queries        what to ask the server for: a range of time, traces, join keys
    search         the answers, page by page, bounded
    otel_values    a value of JSON as one of OTLP
    otel_records   a document in OTel mode as a span, an event of a span, or a log record
    ecs_line       a document of a log shipper as the line that it shipped
    requests       documents to one request of OTLP
    reader         ranges, traces and records by key, as requests or tables
    with_foreign   a store's Reader whose stories include what others wrote

All but search and reader is pure. A request is decoded by the engine's own decoder, so that system, errors and join keys of a
record are what they would be had it come in by OTLP. Nothing here writes.
"""
