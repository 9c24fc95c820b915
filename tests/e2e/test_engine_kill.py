"""kill -9 of the whole engine while an exporter sends: what was answered 200 is there once, after every restart."""

import os
import signal
import time
from collections import Counter
from pathlib import Path
from random import Random
from threading import Thread

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from correlator.settings import load_settings
from correlator.wiring import open_store
from tests.e2e.engine_process import running_engine

ROUNDS = int(os.environ.get("CORRELATOR_CRASH_ROUNDS", "4"))
SPANS_PER_REQUEST = 20
SENDERS = 3
LOAD_S = (0.1, 1.2)

SpanKey = tuple[bytes, bytes]


class Sender(Thread):
    """Sends requests of new spans one after the other, until the engine is gone; keeps what was acknowledged."""

    def __init__(self, address: str, random: Random) -> None:
        super().__init__(daemon=True)
        self._address = address
        self._random = random
        self.acknowledged: list[SpanKey] = []

    def run(self) -> None:
        with httpx.Client(
            base_url=f"http://{self._address}", headers={"content-type": "application/x-protobuf"}
        ) as client:
            try:
                while True:
                    keys, body = self._request()
                    if client.post("/v1/traces", content=body).status_code == httpx.codes.OK:
                        self.acknowledged += keys
            except httpx.TransportError:
                return

    def _request(self) -> tuple[list[SpanKey], bytes]:
        request = ExportTraceServiceRequest()
        spans = request.resource_spans.add().scope_spans.add().spans
        trace_id, now = self._random.randbytes(16), time.time_ns()
        keys = [(trace_id, self._random.randbytes(8)) for _ in range(SPANS_PER_REQUEST)]
        for _, span_id in keys:
            spans.add(
                trace_id=trace_id, span_id=span_id, name="work", start_time_unix_nano=now, end_time_unix_nano=now + 1
            )
        return keys, request.SerializeToString()


@pytest.mark.slow
@pytest.mark.timeout(60 + 10 * ROUNDS)
def test_what_the_engine_acknowledged_survives_its_kill(tmp_path: Path) -> None:
    """Small segments, so that kills fall into sealing and merging too."""
    config = tmp_path / "correlator.yaml"
    config.write_text("store: {seal_rows: 500}\n", encoding="utf-8")
    random = Random(9)
    acknowledged: list[SpanKey] = []
    for _ in range(ROUNDS):
        with running_engine(tmp_path / "data", "--config", str(config)) as engine:
            senders = [Sender(engine.otlp_http, Random(random.random())) for _ in range(SENDERS)]
            for sender in senders:
                sender.start()
            time.sleep(random.uniform(*LOAD_S))
            assert engine.stop(signal.SIGKILL) == -signal.SIGKILL
            for sender in senders:
                sender.join()
                acknowledged += sender.acknowledged
        found = spans_in(tmp_path / "data")
        assert set(found.values()) <= {1}
        assert not [key for key in acknowledged if key not in found]
    assert len(acknowledged) > ROUNDS * SPANS_PER_REQUEST


def spans_in(data_dir: Path) -> Counter[SpanKey]:
    """How often the store has each span, in head and segments."""
    store = open_store(load_settings(flags={"data_dir": str(data_dir)}))
    try:
        spans = store.scan("traces", 0, 2**63 - 1, ("trace_id", "span_id"))
    finally:
        store.close()
    return Counter(zip(spans["trace_id"].to_pylist(), spans["span_id"].to_pylist(), strict=True))
