"""The store that an engine runs on, of the kind that the settings name."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from correlator.pipeline.exporter import Spool
from correlator.serve.health import State
from correlator.settings import Settings
from correlator.store.contract import OutcomeLedger, Store
from correlator.store.segments.replay import Progress, unreported
from correlator.telemetry.metrics import EngineMetrics
from correlator.wiring.store import make_spool, open_store, store_gauges


class EngineStore(Store, OutcomeLedger, Protocol):
    """What an engine asks of a store."""


@dataclass(frozen=True, slots=True)
class OpenStore:
    """A store, and what is particular to its kind. `check` is for /readyz, `spool` None where requests are not kept."""

    store: EngineStore
    check: Callable[[], State]
    spool: Spool | None


def open_engine_store(settings: Settings, metrics: EngineMetrics, on_replay: Progress = unreported) -> OpenStore:
    """The store of `store.kind`, shown on /metrics. Raises StoreError, or SettingsError where the kind cannot do what is asked."""
    store = open_store(settings, on_replay, metrics.observe_store)
    metrics.read_store(partial(store_gauges, store))
    metrics.stage_lag.labels("seal").set_function(lambda: store.stats().unsealed_age_s)
    return OpenStore(store, partial(_room, settings), make_spool(settings, store))


def _room(settings: Settings) -> State:
    """Whether there is room for what comes: below `min_free` the doors answer 503."""
    free, needed = shutil.disk_usage(settings.data_dir).free, settings.store.min_free
    return State(free >= needed, f"{free // 2**20} MiB free, {needed // 2**20} MiB needed")
