"""The embedded store, and what it shows of itself."""

import shutil
from collections.abc import Mapping

from correlator.errors import StoreError
from correlator.pipeline.exporter import Spool
from correlator.settings import Settings
from correlator.store.segments import SegmentStore
from correlator.store.segments.disk import Disk
from correlator.store.segments.log.limits_in_force import read_limits, write_limits
from correlator.store.segments.log.replay import Progress, unreported
from correlator.store.segments.meter import Observe, unobserved
from correlator.wiring.recording import make_decode, make_limits


def open_store(settings: Settings, on_replay: Progress = unreported, observe: Observe = unobserved) -> SegmentStore:
    """The embedded store of `data_dir`, what a crash left unsealed replayed. `on_replay` is told bytes done and in all.

    The log is replayed under the limits it was written under; where the settings name others, it is sealed first, so that
    no log is ever under two. Raises StoreError where the folder is in use, damaged or of a newer format.
    """
    limits = make_limits(settings)
    limits_of_log = read_limits(settings.data_dir) or limits
    decode_logged = make_decode(settings, limits_of_log)
    given = settings.store
    store = SegmentStore(
        settings.data_dir,
        lambda frame: decode_logged(frame).tables,
        seal_rows=given.seal_rows,
        seal_age_s=given.seal_age,
        retention_age_s=given.retention_age,
        retention_bytes=given.retention_size,
        min_free_bytes=given.min_free,
        on_replay=on_replay,
        observe=observe,
    )
    try:
        if limits_of_log != limits:
            store.seal()
        write_limits(settings.data_dir, limits, Disk())
    except OSError as error:
        store.close()
        raise StoreError(f"data folder {settings.data_dir} takes no more ({error.strerror}); free some room") from error
    return store


def make_spool(settings: Settings, store: SegmentStore) -> Spool:
    """What exporters read requests from. There is room while twice as much is free as the doors need: a target that is down
    never makes them refuse.
    """
    folder, needed = settings.data_dir, 2 * settings.store.min_free
    decode = make_decode(settings)
    return Spool(store, folder, lambda: shutil.disk_usage(folder).free >= needed, lambda frame: decode(frame).tables)


def store_gauges(store: SegmentStore) -> Mapping[str, float]:
    """By the names that EngineMetrics.read_store knows."""
    stats = store.stats()
    return {
        "store_spans": stats.spans,
        "store_logs": stats.logs,
        "store_metrics": stats.metrics,
        "store_head_rows": stats.head_rows,
        "store_segments": stats.segments,
        "store_segment_bytes": stats.segment_bytes,
        "store_log_bytes": stats.log_bytes,
        "store_unsealed_age_seconds": stats.unsealed_age_s,
    }
