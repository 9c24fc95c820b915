"""The doors with the real decoder and a store, in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from correlator.doors.otlp_decode import decode
from correlator.model.limits import Limits, Rejection
from correlator.model.tables import Tables
from correlator.pipeline.record import Recorder
from correlator.store.contract import Frame, Store
from correlator.telemetry.metrics import EngineMetrics
from tests.e2e.doors import Doors, running_doors


@dataclass(frozen=True, slots=True)
class Engine:
    """Doors, and the store behind them."""

    doors: Doors
    store: Store


@contextmanager
def running_engine(store: Store, limits: Limits | None = None) -> Iterator[Engine]:
    """Real decoder and doors in front of `store`, which is closed at the end."""
    bounds = limits or Limits()

    def decode_frame(frame: Frame) -> tuple[Tables, tuple[Rejection, ...]]:
        decoded = decode(frame, bounds, lambda resource_attributes, scope_name: "other")
        return decoded.tables, decoded.rejections

    metrics = EngineMetrics()
    recorder = Recorder(store, decode_frame, metrics, max_bytes_in_flight=256 * 2**20)
    try:
        with running_doors(recorder, metrics, bounds) as doors:
            yield Engine(doors, store)
    finally:
        store.close()
