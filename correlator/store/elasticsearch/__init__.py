"""The distributed store: Elasticsearch keeps what was recorded and concluded, for any number of engines.

A request's records are written as documents; then a marker says that all of them are there. Its number is the request's
position. What is concluded goes in commits: one conditional write puts all of one in force, and whoever reads finishes what
is not written.

store        all of it, put together
requests     requests in: documents, markers, positions
readers      the questions of the contract's Reader
commits      commits one after another, of documents in plain indices
conclusions  the watch's state, incidents, the ledger; which engine concludes
freshness    what this process wrote is made findable before it reads
queries      parts of queries
failures     the client's errors as ours
"""

from correlator.store.elasticsearch.store import ElasticsearchStore

__all__ = ["ElasticsearchStore"]
