"""The questions of the contract's Reader, each answered from a view of segments and heads.

trace_reader   the records of some traces
trace_search   lists of traces, from the columns that trace_source gives
joined_reader  records by join key
error_reader, event_reader   errors and events above a position
scan           columns of a range of time
query_engine   DuckDB over segments and heads, for operations and service_graph
doubles        which spans a sender sent again
"""
