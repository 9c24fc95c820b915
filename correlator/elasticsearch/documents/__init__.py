"""Records as Elasticsearch documents, and back again. Pure: tables in, bytes out; bytes in, tables out.

The shape is the one in which the Collector's Elasticsearch exporter writes OpenTelemetry data (mapping mode otel), with one
object of ours, `correlator`: what is needed to find a record again as the engine does, and to read it back exactly.

hit, document            what is read, and what is written
written                  tables -> documents, in blocks or one by one; bulk_body: documents -> the body of a bulk request
block                    documents as columns
span_texts, log_texts,   the documents of one signal, column by column: whole columns become JSON text at once, and what is
metric_texts             JSON in the tables already is copied, never parsed
event_documents          span events, each a document among the logs
record_texts             what the documents of all signals have in common
json_columns             Arrow columns as JSON text
read                     tables_of: documents -> tables
source                   a document as it is read
rows                     its row in a table
"""

from correlator.elasticsearch.documents.block import Block
from correlator.elasticsearch.documents.document import Document
from correlator.elasticsearch.documents.hit import Hit
from correlator.elasticsearch.documents.read import tables_of
from correlator.elasticsearch.documents.written import blocks_of, bulk_body, documents_of

__all__ = ["Block", "Document", "Hit", "blocks_of", "bulk_body", "documents_of", "tables_of"]
