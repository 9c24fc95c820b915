"""An engine that stops while its cluster hangs."""

import time
from collections.abc import Iterator
from pathlib import Path
from socket import create_server
from threading import Event, Thread

import pytest

from correlator.elasticsearch import Connection, Names
from exporters.elasticsearch.exporter import ENDING_S
from tests.conformance.records import span, tables, trace_id
from tests.elastic.exporting import exporting

ANSWER_S = 60.0


@pytest.fixture
def hanging() -> Iterator[str]:
    """Takes connections and says nothing."""
    with create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_a_cluster_that_hangs_keeps_no_engine_from_stopping(hanging: str, tmp_path: Path) -> None:
    """What was not answered waits for the next start."""
    connection = Connection(hosts=(hanging,), timeout_s=ANSWER_S)
    with exporting(tmp_path / "data", connection, Names()) as engine:
        engine.record(tables([span(trace_id(1), 1)]))
        stop = Event()
        running = Thread(target=engine.exporter.run, args=(stop,))
        running.start()
        time.sleep(1.0)
        stop.set()
        running.join(ANSWER_S / 2)
        assert not running.is_alive(), f"{ENDING_S:g} s and a little are enough"
        assert engine.exporter.targets[0]._waiting.bytes > 0
        assert f"does not answer at {hanging} (" in engine.exporter.describe()
