"""The store that an engine runs on, of the kind that the settings name."""

import shutil
from collections.abc import Callable
from functools import partial

from correlator.doors.n8n_rest.ledger import KeptFile
from correlator.serve.health import State
from correlator.settings import Settings
from correlator.store.segments.log.replay import Progress, unreported
from correlator.telemetry.metrics import EngineMetrics
from correlator.wiring.opened_store import OpenStore
from correlator.wiring.store import make_spool, open_store, store_gauges


def open_engine_store(
    settings: Settings, metrics: EngineMetrics, link_of: Callable[[str], str], on_replay: Progress = unreported
) -> OpenStore:
    """The store of `store.kind`, shown on /metrics. `link_of` tells where people find an incident, by its key.

    Raises StoreError, Unavailable where a server is not reached, SettingsError where the kind cannot do what is asked.
    """
    if settings.store.kind == "elasticsearch":
        from correlator.wiring.elasticsearch_store import open_elasticsearch_store

        return open_elasticsearch_store(settings, metrics, link_of)
    store = open_store(settings, on_replay, metrics.observe_store)
    metrics.read_store(partial(store_gauges, store))
    metrics.stage_lag.labels("seal").set_function(lambda: store.stats().unsealed_age_s)
    return OpenStore(
        store,
        store.close,
        partial(_room, settings),
        KeptFile(settings.data_dir / "n8n_rest.json"),
        make_spool(settings, store),
        shared=None,
        upkeep={},
    )


def _room(settings: Settings) -> State:
    """Whether there is room for what comes: below `min_free` the doors answer 503."""
    free, needed = shutil.disk_usage(settings.data_dir).free, settings.store.min_free
    return State(free >= needed, f"{free // 2**20} MiB free, {needed // 2**20} MiB needed")
