"""The doors with the real decoder and a store, in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from correlator.doors.otlp_decode import decode
from correlator.model.limits import Limits, Rejection
from correlator.model.tables import Tables
from correlator.pipeline.record import Recorder
from correlator.store.contract import Frame, Store
from correlator.store.segments import SegmentStore
from correlator.telemetry.metrics import EngineMetrics
from tests.e2e.doors import Doors, running_doors


@dataclass(frozen=True, slots=True)
class Engine:
    """Doors, and the store behind them."""

    doors: Doors
    store: Store


@contextmanager
def running_engine(store: Store, limits: Limits | None = None, *, body_timeout_s: float = 10.0) -> Iterator[Engine]:
    """Real decoder and doors in front of `store`, which is closed at the end."""
    bounds = limits or Limits()

    def decode_frame(frame: Frame) -> tuple[Tables, tuple[Rejection, ...]]:
        decoded = decode(frame, bounds, system_of)
        return decoded.tables, decoded.rejections

    metrics = EngineMetrics()
    recorder = Recorder(store, decode_frame, metrics, max_bytes_in_flight=256 * 2**20)
    try:
        with running_doors(recorder, metrics, bounds, body_timeout_s=body_timeout_s) as doors:
            yield Engine(doors, store)
    finally:
        store.close()


def segment_store(folder: Path) -> SegmentStore:
    """The embedded store, with the decoder that its start-up replay needs."""
    return SegmentStore(folder, lambda frame: decode(frame, Limits(), system_of).tables)


def system_of(resource_attributes: object, scope_name: str) -> str:
    return "other"
