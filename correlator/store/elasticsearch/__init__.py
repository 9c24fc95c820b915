"""The distributed store: Elasticsearch keeps what was recorded and concluded, for any number of engines.

A request's records are written as documents; then a marker says that all of them are there. Its number is the request's position.

store              all of it, put together
request_id         what a request is called
request_writer     the threads that take requests in
recorder           their documents and markers, in bulks
unindexed          what a document becomes that the server refuses
marker             what a marker says, and how its number is a position
positions          request to position
freshness          what this process wrote is made findable before it reads
marker_search      which requests lie behind a position
numbering          which numbers positions are of, where the index was made anew
marker_upkeep      deletes markers whose records are gone
record_search      documents to tables
queries            parts of queries
trace_search       lists of traces; trace_cursor says where one goes on, span_outlines what it is made of
joined_reader, error_reader, event_reader, scan, operations: the other questions of the contract's Reader
failures           the client's errors as ours

What is concluded goes in commits: one conditional write puts all of one in force, and whoever reads finishes what is not written.

conclusions        catalog, ledger and lease put together; lease says which engine concludes
catalog            the watch's state, incidents, error groups; kept_watch and conclusion_documents are their shapes
ledger             minutes, outcomes, runs; ledger_changes what a commit comes to, ledger_documents and minute_hours the shapes,
                   forgetting what is too old
commit_chain       commits one after another; commit_head what puts one in force, standing_commit the newest one
exported           refuses to conclude where an exporter does
plain_indices      documents by id and by search; changes what a commit writes, document_ids what documents are called
"""

from correlator.store.elasticsearch.store import ElasticsearchStore

__all__ = ["ElasticsearchStore"]
