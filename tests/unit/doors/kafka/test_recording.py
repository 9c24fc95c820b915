"""Batches on their way to the recorder: what is taken, tried again, and refused."""

import time
from collections.abc import Callable

import pytest
import structlog
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from correlator.doors.kafka.batch import Batch, Message, Source
from correlator.doors.kafka.recorded import RecordedBatches
from correlator.doors.kafka.recording import Recording
from correlator.errors import StorageFull, Unavailable
from correlator.pipeline.record import Recorder
from correlator.telemetry.kafka_metrics import KafkaMetrics
from correlator.telemetry.metrics import EngineMetrics
from tests.unit.doors.small_engine import SmallWriter, decode

SOURCE = Source("shop", "otlp_spans", 0, "traces")
BROKEN = b"\x0a\x03abc"  # framed as a request, and none inside


class Lab:
    """A recording on a real recorder, and what it refused: offsets."""

    def __init__(self, max_bytes: int = 1_000) -> None:
        self.metrics = EngineMetrics()
        self.writer = SmallWriter()
        self.refused: list[int] = []
        self.keep: Callable[[], None] = lambda: None
        recorder = Recorder(self.writer, decode, self.metrics, max_bytes_in_flight=10_000)
        recorded = RecordedBatches(None, "shop")
        self.recording = Recording(recorder.submit, recorded, self._refuse, KafkaMetrics(self.metrics), max_bytes)

    def counted(self, outcome: str) -> float:
        labels = {"topic": "otlp_spans", "outcome": outcome}
        return self.metrics.registry.get_sample_value("correlator_kafka_messages_total", labels) or 0.0

    def _refuse(self, batch: Batch, reason: str) -> None:
        self.keep()
        self.refused.append(batch.messages[0].offset)


def request(spoilt: int = 0) -> bytes:
    message = ExportTraceServiceRequest()
    message.resource_spans.add().resource.dropped_attributes_count = spoilt
    return message.SerializeToString()


def batch(*payloads: bytes, start: int = 0) -> Batch:
    messages = [Message(start + index, payload) for index, payload in enumerate(payloads)]
    return Batch(SOURCE, start, start + len(payloads), messages)


def test_a_batch_is_recorded_as_one_request_with_its_origin() -> None:
    """And is done once that is durable."""
    lab = Lab()
    one = batch(request(), request())
    lab.recording.record(one)
    assert lab.recording.bytes == one.size
    assert lab.recording.wait([one], 5)
    (frame,) = lab.writer.frames
    assert (frame.payload, frame.origin) == (one.payload, one.origin(one.payload))
    assert lab.recording.bytes == 0
    assert lab.counted("recorded") == 2


def test_the_same_batch_again_is_known() -> None:
    """It is done at once, and the store does not hear of it."""
    lab = Lab()
    for _ in range(2):
        again = batch(request())
        lab.recording.record(again)
        assert lab.recording.wait([again], 5)
    assert len(lab.writer.frames) == 1
    assert lab.counted("known") == 1


def test_one_bad_message_is_refused_and_its_neighbours_are_recorded() -> None:
    """Each alone, when they cannot be recorded together."""
    lab = Lab()
    one = batch(request(), BROKEN, request(), start=7)
    lab.recording.record(one)
    assert lab.recording.wait([one], 5)
    assert lab.refused == [8]
    assert sorted(frame.origin.split("/")[3] for frame in lab.writer.frames) == ["7-8", "9-10"]
    assert lab.recording.bytes == 0


def test_a_dead_letter_that_cannot_be_kept_is_tried_again() -> None:
    """Until then its batch is not done."""
    lab = Lab()

    def fail() -> None:
        lab.keep = lambda: None
        raise Unavailable("no broker", retry_after_s=0)

    lab.keep = fail
    one = batch(BROKEN)
    lab.recording.record(one)
    assert lab.recording.wait([one], 5)
    assert lab.refused == [0]


def test_all_waits_while_the_store_takes_nothing() -> None:
    """Reading rests, and goes on after `retry_after_s`."""
    lab = Lab()
    lab.writer.failure = StorageFull("the disk is full", retry_after_s=1)
    one = batch(request())
    lab.recording.record(one)
    assert not lab.recording.wait([one], 0.3)
    assert lab.recording.is_full(0)
    assert not lab.recording.has_room(0)
    lab.writer.failure = None
    began = time.monotonic()
    assert lab.recording.wait([one], 5)
    assert time.monotonic() - began > 0.3
    assert lab.recording.has_room(0)


def test_reading_rests_over_the_bound_and_goes_on_below_half_of_it() -> None:
    """So that it does not stop and go with each batch."""
    size = batch(request(1)).size
    lab = Lab(max_bytes=4 * size)
    lab.writer.is_held = True
    batches = [batch(request(0), request(1), start=2 * number) for number in range(4)]
    for number, each in enumerate(batches):
        assert lab.recording.is_full(0) is (lab.recording.bytes >= 4 * size), number
        lab.recording.record(each)
    assert lab.recording.is_full(0)
    assert not lab.recording.has_room(0)
    lab.writer.release()
    assert lab.recording.wait(batches, 5)
    assert lab.recording.has_room(0)


def test_a_batch_that_was_given_up_is_not_tried_again() -> None:
    """Its partition is another engine's."""
    lab = Lab()
    lab.writer.failure = Unavailable("the store is away", retry_after_s=1)
    one = batch(request())
    lab.recording.record(one)
    assert not lab.recording.wait([one], 0.3)
    one.is_given_up = True
    lab.writer.failure = None
    assert not lab.recording.wait([one], 1.2)
    assert not lab.writer.frames
    assert lab.recording.bytes == 0
    assert not one.is_done


def test_who_leaves_waits_for_what_is_in_flight_and_not_for_what_was_not_taken() -> None:
    """The first will be recorded, the second may be refused for hours."""
    lab = Lab()
    lab.writer.is_held = True
    slow, stuck = batch(request()), batch(request(), start=1)
    lab.recording.record(slow)
    lab.writer.await_held(1)
    lab.writer.failure = StorageFull("the disk is full", retry_after_s=60)
    lab.recording.record(stuck)
    assert not lab.recording.wait([slow, stuck], 0.2, is_patient=False)
    lab.writer.release()
    began = time.monotonic()
    assert not lab.recording.wait([slow, stuck], 30, is_patient=False)
    assert time.monotonic() - began < 20
    assert slow.is_done
    assert not stuck.is_done


def test_an_error_nobody_foresaw_is_logged_without_the_payload(monkeypatch: pytest.MonkeyPatch) -> None:
    """And tried again."""
    monkeypatch.setattr("correlator.doors.kafka.recording.FAILED_RETRY_S", 60.0)
    lab = Lab()
    with structlog.testing.capture_logs() as logs:
        lab.recording.record(batch(request(13)))
        lab.recording.turn(2)
    assert [entry["event"] for entry in logs] == ["kafka_batch_failed"]
    assert repr(request(13)) not in str(logs)
    assert lab.recording.is_full(0)


def test_bytes_that_wait_for_their_plan_count() -> None:
    """Else memory would grow while Kafka takes no commit."""
    lab = Lab(max_bytes=100)
    assert not lab.recording.is_full(99)
    assert lab.recording.is_full(100)
    assert lab.recording.has_room(50)
    assert not lab.recording.has_room(51)
