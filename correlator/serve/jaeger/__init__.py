"""What Jaeger's query service would answer, from our records: Grafana's Jaeger data source asks this API.

    go_json.py      a value as the text that Go writes for it
    go_duration.py  durations as Go reads them: 1.5s, 200ms
    tags.py         attributes as typed, ordered tags
    references.py   parent and links as references
    spans.py        a span, its events as logs and its oddities as warnings
    traces.py       spans as a trace: the senders as processes
    stories.py      a whole story as one trace, each join with its method
    identifiers.py  trace ids as Jaeger writes and reads them
    search.py       which traces a search finds
    recall.py       what the store knows of each question
    parameters.py   what comes in a query
    schemas.py      what goes out: every field with its meaning, as OpenAPI shows it
    answers.py      the envelope around data, and every failure in it

The model is Jaeger 2.13 on its memory store, given the same OTLP bytes: tests/e2e/test_jaeger.py compares the two field by
field, and lists where and why they differ.
"""
