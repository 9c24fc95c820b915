"""Recording: what a sender is told, and when."""

from concurrent.futures import Future
from threading import Event

import pytest

from correlator.errors import InvalidInput, Overloaded, StorageFull, Unavailable
from correlator.model.limits import Rejection
from correlator.model.tables import Tables
from correlator.pipeline.record import BytesInFlight, Recorder
from correlator.store.contract import Frame
from correlator.store.memory import MemoryStore
from correlator.telemetry.metrics import EngineMetrics
from tests.conformance.records import decode as decode_rows
from tests.conformance.records import frame_of, log, span, tables, trace_id

A_SPAN = frame_of(tables(spans=[span(trace_id(1), 1)])).payload
A_LOG = frame_of(tables(logs=[log(1)])).payload
TWO_REJECTED = (Rejection("bad_trace_id", 2, "trace_id has 3 bytes; send 16"),)


class FullStore:
    """A store without room."""

    def append(self, frame: Frame, tables: Tables) -> "Future[int]":
        refused: Future[int] = Future()
        refused.set_exception(StorageFull("no room", retry_after_s=7))
        return refused


def recorder_of(writer: MemoryStore | FullStore, metrics: EngineMetrics | None = None, limit: int = 10**6) -> Recorder:
    def decode(frame: Frame) -> tuple[Tables, tuple[Rejection, ...]]:
        if frame.payload == b"nonsense":
            raise InvalidInput("no OTLP")
        if frame.payload == b"all bad":
            return Tables(), TWO_REJECTED
        return decode_rows(frame), TWO_REJECTED if frame.signal == "logs" else ()

    return Recorder(writer, decode, metrics or EngineMetrics(), max_bytes_in_flight=limit)


def value(metrics: EngineMetrics, name: str, **labels: str) -> float:
    return metrics.registry.get_sample_value(f"correlator_{name}", labels) or 0.0


def test_a_receipt_comes_when_the_records_can_be_read() -> None:
    """Accepted means durable and readable."""
    store, metrics = MemoryStore(), EngineMetrics()
    recorder = recorder_of(store, metrics)
    receipt = recorder.submit(A_SPAN, "traces", "json").result(30)
    assert (receipt.accepted, receipt.rejected, receipt.message) == (1, 0, "")
    assert store.stats().spans == 1
    assert value(metrics, "records_stored_total", signal="traces") == 1
    recorder.close()


def test_rejected_records_are_counted_by_reason_and_named() -> None:
    """Their neighbours are kept."""
    metrics = EngineMetrics()
    recorder = recorder_of(MemoryStore(), metrics)
    receipt = recorder.submit(A_LOG, "logs", "json").result(30)
    assert receipt.accepted > 0
    assert receipt.message == "2 bad_trace_id: trace_id has 3 bytes; send 16"
    assert value(metrics, "records_rejected_total", signal="logs", reason="bad_trace_id") == 2
    recorder.close()


def test_a_request_of_which_nothing_is_kept_is_not_stored() -> None:
    """Its sender is told all the same."""
    store = MemoryStore()
    recorder = recorder_of(store)
    assert recorder.submit(b"all bad", "traces", "json").result(30).rejected == 2
    assert store.stats().last_position == -1
    recorder.close()


@pytest.mark.parametrize(
    ("body", "writer", "error"), [(b"nonsense", MemoryStore(), InvalidInput), (b"", FullStore(), StorageFull)]
)
def test_what_cannot_be_recorded_fails_the_receipt(
    body: bytes, writer: MemoryStore | FullStore, error: type[Exception]
) -> None:
    """And is no longer in flight."""
    metrics = EngineMetrics()
    recorder = recorder_of(writer, metrics)
    with pytest.raises(error):
        recorder.submit(body or A_SPAN, "traces", "json").result(30)
    assert value(metrics, "bytes_in_flight") == 0
    assert value(metrics, "records_accepted_total", signal="traces") == 0
    recorder.close()


def test_too_many_bytes_in_flight_are_refused_at_once() -> None:
    """The next request is taken once the first is answered."""
    started, go_on = Event(), Event()

    def decode(frame: Frame) -> tuple[Tables, tuple[Rejection, ...]]:
        started.set()
        go_on.wait(60)
        return Tables(), ()

    recorder = Recorder(MemoryStore(), decode, EngineMetrics(), max_bytes_in_flight=10)
    first = recorder.submit(b"12345678", "traces", "json")
    assert started.wait(30)
    with pytest.raises(Overloaded, match="8 bytes in flight and 8 more exceed the limit of 10"):
        recorder.submit(b"12345678", "traces", "json")
    go_on.set()
    first.result(30)
    recorder.submit(b"12345678", "traces", "json").result(30)
    recorder.close()


def test_a_closed_recorder_tells_senders_to_come_back() -> None:
    """A stopping engine loses nothing that it did not acknowledge."""
    recorder = recorder_of(MemoryStore())
    recorder.close()
    with pytest.raises(Unavailable, match="stopping") as caught:
        recorder.submit(b"{}", "traces", "json").result(30)
    assert not isinstance(caught.value, Overloaded)  # that would be 429: as if the sender sent too much


def test_a_single_request_over_the_bound_is_let_in_alone() -> None:
    """Otherwise it could never be sent."""
    in_flight = BytesInFlight(10)
    ticket = in_flight.enter(11)
    assert (in_flight.bytes, in_flight.requests) == (11, 1)
    with pytest.raises(Overloaded):
        in_flight.enter(1)
    assert in_flight.oldest_age_s() > 0
    in_flight.leave(ticket)
    assert (in_flight.bytes, in_flight.requests, in_flight.oldest_age_s()) == (0, 0, 0.0)
