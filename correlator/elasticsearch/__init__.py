"""What the exporter, the store and Kibana's objects share about Elasticsearch: names, connection, templates, documents.

names        what data streams and indices are called
connection   where a cluster is, how one proves oneself there, and a client for it
proving      the secret in each of its requests, read anew where it was rotated
quick_gzip   its requests compressed, where a user wants it
templates    what a cluster needs before documents go there
setup        compares that with what is there, and makes it
roles        the least that each part may do; lacking what a refused key lacks
silence      which node does not answer, and why
error_body   what the server says of an error
patience     asking again while shards start
point_in_time  a search as of one moment, page by page
documents    records as documents (one shape, OpenTelemetry's as the Collector writes it), and back again. Pure
foreign      what others wrote, as requests: the Collector's documents, ECS log lines, fields of a team's own
"""

from correlator.elasticsearch.connection import Connection, connect
from correlator.elasticsearch.names import Names

__all__ = ["Connection", "Names", "connect"]
