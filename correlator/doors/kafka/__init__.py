"""The Kafka door: OTLP messages of topics, as the Collector's Kafka exporter writes them, recorded each exactly once.

`batch` and `partition` are pure: messages of a partition become batches, a batch one request, and what is told to Kafka is
an offset and the **plan**: where the batches end that are not committed yet. The plan is committed before its batches are
recorded and the offset after, so whoever reads the partition next makes the same batches of the same messages: they
have the same origin, and a store knows them again (docs/adr/0018).

door         turns in a thread of its own, and joins again after an error
reader       one membership in the group: reads, plans, records, commits, gives away
assignment   which partitions are this engine's
partition    batches of one partition, and which are done; `batch` is one of them
recording    hands batches to the recorder, and tries again
recorded     what the embedded store has of batches that are not committed
commits      tells Kafka, and hears its answers
progress     lag and metrics; lets go of the log
trouble      what Kafka complains of, and what to do about it
missing      topics that are not there
refused      keeps what can never be recorded
client       all of confluent-kafka's configuration
"""
