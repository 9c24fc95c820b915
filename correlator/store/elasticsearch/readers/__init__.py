"""The questions of the contract's Reader.

record_search  documents to tables, with positions, only of requests that are kept
trace_search   lists of traces; trace_cursor says where one goes on, span_outlines what it is made of
joined_reader  records by join key
named_reader   records by name, as they arrive
error_reader, event_reader   errors and events above a position
operations     which services there are, and what each does
scan           the records of a range of time
"""
