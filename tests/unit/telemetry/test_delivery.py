"""What is sent, what is lost, and what is said about it."""

import logging
import threading
import time
from collections.abc import Sequence
from enum import Enum
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider

from correlator.telemetry.delivery import Delivery, is_exporting
from correlator.telemetry.exporters import CountedSpanProcessor


class Result(Enum):
    """As OpenTelemetry's exporters answer."""

    SUCCESS = 0
    FAILURE = 1


class Engine:
    """An engine that is up, down, or broken, as the test says."""

    def __init__(self) -> None:
        self.is_up = True
        self.is_broken = False
        self.built = 0
        self.received: list[Any] = []
        self.gate = threading.Event()
        self.gate.set()
        self.was_exporting = False

    def build(self, timeout_s: float) -> "Engine":
        self.built += 1
        return self

    def export(self, batch: Sequence[Any]) -> Result:
        self.gate.wait(60)
        self.was_exporting = is_exporting()
        if self.is_broken:
            raise RuntimeError("boom")
        if not self.is_up:
            return Result.FAILURE
        self.received += batch
        return Result.SUCCESS

    def shutdown(self) -> None:
        self.gate.set()


def test_losses_are_counted_and_an_outage_is_told_once_with_its_end(caplog: pytest.LogCaptureFixture) -> None:
    """Three lost batches make one warning; the first that arrives again makes one notice."""
    engine = Engine()
    delivery = Delivery("traces", engine.build, queue_size=10, timeout_s=1)
    caplog.set_level(logging.INFO)
    assert delivery.send(["a"], 1)
    engine.is_up = False
    assert not any(delivery.send(["b", "c"], 2) for _ in range(3))
    engine.is_up = True
    assert delivery.send(["d"], 1) and delivery.send(["e"], 1)
    assert [record.message for record in caplog.records] == ["telemetry_export_failing", "telemetry_export_recovered"]
    assert delivery.lost == 6


def test_an_exporter_that_raises_loses_its_batch_and_nothing_else() -> None:
    """The program that sends never sees it."""
    engine = Engine()
    engine.is_broken = True
    delivery = Delivery("logs", engine.build, queue_size=10, timeout_s=1)
    assert not delivery.send(["a"], 1)
    assert delivery.lost == 1
    assert engine.was_exporting and not is_exporting()


def test_items_pushed_out_of_a_full_queue_are_counted() -> None:
    """One hundred spans ended while the engine hangs, ten fit."""
    engine = Engine()
    engine.gate.clear()
    delivery = Delivery("traces", engine.build, queue_size=10, timeout_s=1)
    processor = CountedSpanProcessor(delivery, queue_size=10, batch_size=10, delay_s=60)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(processor)
    for number in range(100):
        provider.get_tracer("t").start_span(str(number)).end()
    engine.gate.set()
    provider.shutdown()
    delivery.settle()
    assert delivery.lost == 100 - len(engine.received) > 0


def test_after_a_fork_the_connection_is_built_anew_and_counts_start_over() -> None:
    """The parent's connection and losses are the parent's."""
    engine = Engine()
    engine.is_up = False
    delivery = Delivery("traces", engine.build, queue_size=10, timeout_s=1)
    delivery.send(["a"], 1)
    delivery.start_afresh()
    assert delivery.lost == 0
    delivery.send(["b"], 1)
    assert engine.built == 2


def test_closing_in_a_hurry_frees_a_send_that_waits_and_starts_none_after_the_deadline() -> None:
    """So the end of a process is bounded."""
    engine = Engine()
    engine.gate.clear()
    delivery = Delivery("traces", engine.build, queue_size=10, timeout_s=60)
    waiting = threading.Thread(target=delivery.send, args=(["a"], 1))
    waiting.start()
    while not engine.built:
        time.sleep(0.001)
    delivery.hasten(0.0)
    waiting.join(30)
    assert not waiting.is_alive()
    assert not delivery.send(["b"], 1)
    assert delivery.lost == 1
