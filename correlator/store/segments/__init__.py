"""The embedded store: a raw log for durability, a head for what is fresh, Parquet segments for the rest.

A request goes through `log` (one thread, one fdatasync for all that wait) into `head` (tables in memory, queryable at once).
`upkeep` turns a full head into a segment of `files`, which `catalog` (SQLite) records together with the sealed position; then
the log below is dropped. `readers` answer from a `view`: the segments and heads of one moment.

store         all of it, put together
log           every request durable before it is acknowledged; what start-up reads again
head          records that are only in the log yet
files         segments: immutable Parquet files, each with its indexes
upkeep        heads become segments, small segments large ones, old ones go
catalog       which segments there are, and up to where the log is sealed
view          what a reader sees; files stay until nobody reads them
readers       the questions of the contract's Reader
conclusions   what the engine concluded and counted, in the catalog's tables
data_folder   the folder's format and lock
disk          every file operation that durability rests on
meter         how the store tells what it does
"""

from correlator.store.segments.store import SegmentStore

__all__ = ["SegmentStore"]
