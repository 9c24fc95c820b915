"""Elasticsearch: acknowledged requests as OpenTelemetry documents in data streams, incidents and findings in indices.

entry              whether there is one; exporter: a delivery.Target for records, and one for conclusions
record_sender      requests to documents, each created once
bulk_writer        documents to bulk requests in flight; bulks: which go together: pure
progress           which documents are there, which never will be, which may be
conclusion_reader  what the catalog holds of incidents, into the outbox
outbox             conclusions that the cluster has not got, durable: a source of delivery
conclusion_sender  incidents and findings, of each the last state
cluster            the calls; answers: what an answer means: pure
cuttable           connections that can be ended while they wait
ours               whether what we write into is ours
target_names       what the two targets are called
log_id             what the log is called in the ids of documents
"""

from exporters.elasticsearch.entry import make_exporter

__all__ = ["make_exporter"]
