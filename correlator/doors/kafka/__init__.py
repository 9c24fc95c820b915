"""The Kafka door: OTLP messages of topics, as the Collector's Kafka exporter writes them, recorded each exactly once.

`batch` and `partition` are pure: messages of a partition become batches, a batch one request, and what is told to Kafka is
an offset and the **plan**: where the batches end that are not committed yet. The plan is committed before its batches are
recorded and the offset after, so whoever reads the partition next makes the same batches of the same messages: they
have the same origin, and a store knows them again (docs/adr/0018).

`door` turns in a thread of its own: reads, plans, records, commits. `recording` hands batches to the recorder and tries
again. `recorded` remembers what the embedded store has of uncommitted batches. `commits` tells Kafka and hears its
answers. `client` is all of confluent-kafka's configuration, `refused` keeps what can never be recorded.
"""
