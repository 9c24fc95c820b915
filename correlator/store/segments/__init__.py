"""The embedded store: a raw log for durability, a head for what is fresh, Parquet segments for the rest.

A request goes `log_writer` (one thread, one fdatasync for all that wait) → `raw_log` (files of `frame`s) → `head` (tables in
memory, queryable at once). `sealer` turns a full head into immutable Parquet files (`segment`, each with a `trace_index` and
a `key_index`); `catalog` (SQLite) records them and the sealed position in one transaction; then the log below is dropped.
`merger` joins small segments (their keys through `merged_keys`), `retention` retires old ones, `maintenance` is the thread
that calls all three. Readers take a `view` of segments and heads at one moment: `trace_reader`, `trace_search`,
`joined_reader`, `scan`, `error_reader` and, through the `query_engine` (DuckDB), `service_graph` work on it; `doubles` tells
which spans a sender sent again. Every file operation that durability rests on goes through `disk`. `data_folder` guards
format and lock; `segment_repair` makes anew what may be; `store` composes it all.
"""

from correlator.store.segments.store import SegmentStore

__all__ = ["SegmentStore"]
