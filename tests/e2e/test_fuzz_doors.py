"""Mutated OTLP bodies over the wire, HTTP and gRPC: taken or refused as protobuf's own parser does, and nothing falls over.

CORRELATOR_FUZZ_BODIES sets how many (100,000 for the whole); CORRELATOR_FUZZ_SEED which.
"""

import gzip
import http.client
import os
from collections import Counter
from concurrent.futures import Future
from itertools import count

import grpc
import pytest
from google.protobuf.message import DecodeError

from correlator.doors.otlp_decode import decode
from correlator.model.limits import Limits, Rejection
from correlator.model.tables import Tables
from correlator.pipeline.record import Recorder
from correlator.store.contract import Frame
from correlator.telemetry.metrics import EngineMetrics
from tests.e2e.doors import Doors, running_doors
from tests.e2e.engine import system_of
from tests.property.mutations import REQUESTS, mutated_bodies

BODIES = int(os.environ.get("CORRELATOR_FUZZ_BODIES", "2000"))
SEED = int(os.environ.get("CORRELATOR_FUZZ_SEED", "7"))
METHODS = {
    "traces": "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    "logs": "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
    "metrics": "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
}
TAKEN, REFUSED = (200, grpc.StatusCode.OK), (400, grpc.StatusCode.INVALID_ARGUMENT)


class Sink:
    """A writer that keeps nothing: this is about the way to the store."""

    def append(self, frame: Frame, tables: Tables) -> "Future[int]":
        position: Future[int] = Future()
        position.set_result(0)
        return position


def decode_frame(frame: Frame) -> tuple[Tables, tuple[Rejection, ...]]:
    decoded = decode(frame, Limits(), system_of)
    return decoded.tables, decoded.rejections


@pytest.mark.timeout(max(180, BODIES // 50))
def test_mutated_bodies_are_taken_or_refused_as_protobuf_does() -> None:
    """Over both protocols, every other one gzipped; both doors still serve in the end, and nothing was unforeseen."""
    metrics = EngineMetrics()
    recorder = Recorder(Sink(), decode_frame, metrics, max_bytes_in_flight=256 * 2**20)
    seen: Counter[bool] = Counter()
    with running_doors(recorder, metrics) as doors, Senders(doors) as senders:
        for number, (signal, body) in zip(count(), mutated_bodies(SEED, BODIES), strict=False):
            is_taken = protobuf_takes(signal, body)
            answers = senders.send(signal, body, is_gzip=number % 2 == 0)
            assert answers == (TAKEN if is_taken else REFUSED), f"body {number} of seed {SEED}: {signal} {body.hex()}"
            seen[is_taken] += 1
        for signal in METHODS:
            for door in ("http", "grpc"):
                assert doors.requests(door, signal, "failed") == doors.requests(door, signal, "unavailable") == 0
    assert min(seen[True], seen[False]) > BODIES // 10


def protobuf_takes(signal: str, body: bytes) -> bool:
    try:
        REQUESTS[signal].FromString(body)
    except DecodeError:
        return False
    return True


class Senders:
    """One connection to each door, used at the same time."""

    def __init__(self, doors: Doors) -> None:
        self._http = http.client.HTTPConnection(doors.http, timeout=30)
        self._channel = grpc.insecure_channel(doors.grpc)
        self._calls = {signal: self._channel.unary_unary(method) for signal, method in METHODS.items()}

    def __enter__(self) -> "Senders":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()
        self._channel.close()

    def send(self, signal: str, body: bytes, *, is_gzip: bool) -> tuple[int, grpc.StatusCode]:
        """The two answers to one body."""
        compression = grpc.Compression.Gzip if is_gzip else grpc.Compression.NoCompression
        call = self._calls[signal].future(body, timeout=30, compression=compression)
        headers = {"content-type": "application/x-protobuf"} | ({"content-encoding": "gzip"} if is_gzip else {})
        self._http.request("POST", f"/v1/{signal}", gzip.compress(body, 1) if is_gzip else body, headers)
        answer = self._http.getresponse()
        answer.read()
        return answer.status, call.code()
