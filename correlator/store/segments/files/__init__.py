"""A segment: an immutable Parquet file of one signal, and the indexes beside it.

segment         opened and read
segment_writer  written under a temporary name until whole and durable
segment_repair  at start-up: makes anew what can be made from the rest
trace_index     where each trace lies; key_index which rows carry which join key, merged_keys the same of a merged segment
decoded_groups  row groups kept as they were decoded
"""
