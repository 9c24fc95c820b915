"""An engine that forwards, as its settings ask."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from correlator.settings import Settings
from correlator.wiring import build
from correlator.wiring.engine import Engine
from tests.unit.exporters.otlp.backends import http_backend, request
from tests.unit.store.segments.segment_stores import wait_until


@contextmanager
def forwarding(folder: Path, url: str, **given: Any) -> Iterator[Engine]:
    """Its exporter running, its doors not open."""
    settings = Settings(
        data_dir=folder,
        record={"decode_processes": 0},
        forward={"targets": [{"name": "a", "endpoint": url, "gzip": False}]},
        **given,
    )
    engine, stop = build(settings), Event()
    thread = Thread(target=engine.parts.alerts.exporters.current["otlp"].run, args=(stop,))
    thread.start()
    try:
        yield engine
    finally:
        stop.set()
        thread.join(30)
        engine.close()


def test_a_request_goes_on_with_the_records_that_were_left_out(tmp_path: Path) -> None:
    """The sender sends them no more, and another backend may take them; a request of which nothing was kept stays here."""
    with http_backend() as backend, forwarding(tmp_path, backend.url) as engine:
        broken = ExportTraceServiceRequest.FromString(request("a", "b"))
        broken.resource_spans[0].scope_spans[0].spans[1].trace_id = bytes(16)
        body = broken.SerializeToString()
        receipt = engine.parts.recorder.submit(body, "traces", "protobuf").result(30)
        assert (receipt.accepted, receipt.rejected) == (1, 1)
        del broken.resource_spans[0].scope_spans[0].spans[0]
        assert engine.parts.recorder.submit(broken.SerializeToString(), "traces", "protobuf").result(30).accepted == 0
        assert wait_until(lambda: len(backend.calls) > 0)
        engine.parts.recorder.submit(request("c"), "traces", "protobuf").result(30)
        assert wait_until(lambda: len(backend.calls) > 1)
        assert [call.body for call in backend.calls] == [body, request("c")]
        assert "otlp" in engine.parts.alerts.checks()


@pytest.mark.parametrize(("min_free", "has_room"), [("1MiB", True), ("8000TB", False)])
def test_room_is_twice_what_the_doors_need(tmp_path: Path, min_free: str, has_room: bool) -> None:
    """So that what waits is given up before they refuse."""
    engine = build(Settings(data_dir=tmp_path, record={"decode_processes": 0}, store={"min_free": min_free}))
    assert engine.parts.stored.spool is not None
    assert engine.parts.stored.spool.has_room() is has_room
    engine.close()
