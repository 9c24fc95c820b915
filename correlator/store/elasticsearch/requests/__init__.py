"""Requests in: their documents, and behind them a marker each, which says that all are there.

request_id      what a request is called
request_writer  the threads that take requests in
recorder        their documents and markers, in bulks; unindexed what a document becomes that the server refuses
marker          what a marker says, and how its number is a position
positions       request to position
numbering       which numbers positions are of, where the index was made anew
marker_search   which requests lie behind a position
marker_upkeep   deletes markers whose records are gone
"""
