"""The Kafka door as it is built."""

import sys
from pathlib import Path
from threading import Event, Thread

import pytest
from structlog.testing import capture_logs

from correlator.doors.kafka.recorded import HOLD
from correlator.errors import SettingsError
from correlator.pipeline.exporter import Spool
from correlator.pipeline.record import Recorder
from correlator.settings import Settings, load_settings
from correlator.telemetry.metrics import EngineMetrics
from correlator.wiring.kafka import KafkaPart, make_kafka
from correlator.wiring.store import make_spool
from tests.unit.doors.small_engine import SmallWriter, decode
from tests.unit.store.segments.segment_stores import opened, wait_until

BROKER = {"kafka": {"bootstrap_servers": ["127.0.0.1:1"]}}


def made(settings: Settings, spool: Spool | None = None) -> KafkaPart:
    metrics = EngineMetrics()
    return make_kafka(settings, Recorder(SmallWriter(), decode, metrics, max_bytes_in_flight=1), metrics, spool)


def test_without_brokers_there_is_no_door_and_the_log_is_held_for_none(tmp_path: Path) -> None:
    """One that was there before would hold it for ever."""
    store = opened(tmp_path)
    store.hold(HOLD, 0)
    settings = load_settings(flags={"data_dir": str(tmp_path)})
    part = made(settings, make_spool(settings, store))
    assert (part.jobs(), part.checks(), dict(store.holds())) == ({}, {}, {})
    store.close()


def test_without_the_library_the_start_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra."""
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    with pytest.raises(SettingsError, match=r"confluent-kafka is not installed; pip install 'correlator\[kafka\]'"):
        made(load_settings(flags=BROKER))


def test_a_door_without_brokers_in_reach_says_so_and_stops() -> None:
    """At once, with what to do; in the log once. Other doors are not refused for it."""
    part = made(load_settings(flags=BROKER))
    check, stopping = part.checks()["kafka"], Event()
    assert (check().ok, check().detail) == (False, "not in the group yet")
    door = Thread(target=part.jobs()["kafka"], args=(stopping,))
    with capture_logs() as logs:
        door.start()
        assert wait_until(lambda: "refused" in check().detail)
        assert (check().ok, "kafka.bootstrap_servers" in check().detail) == (True, True)
        stopping.set()
        door.join(20)
    assert [each["error"] for each in logs if each["event"] == "kafka_trouble"] == ["_TRANSPORT"]
    assert not check().ok
