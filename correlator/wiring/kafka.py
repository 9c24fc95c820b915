"""What reads topics of OTLP."""

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING

import structlog

from correlator.doors.kafka.recorded import HOLD, RecordedBatches
from correlator.doors.kafka.recording import Recording
from correlator.errors import SettingsError
from correlator.pipeline.exporter import Spool
from correlator.pipeline.record import Recorder
from correlator.serve.health import State
from correlator.settings import Settings
from correlator.settings.kafka import KafkaSettings
from correlator.telemetry.kafka_metrics import KafkaMetrics
from correlator.telemetry.metrics import EngineMetrics

if TYPE_CHECKING:
    from correlator.doors.kafka.client import Client
    from correlator.doors.kafka.door import KafkaDoor

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class KafkaPart:
    """The door; None where `kafka.bootstrap_servers` names no brokers."""

    door: "KafkaDoor | None"

    def jobs(self) -> Mapping[str, Callable[[Event], None]]:
        """What turns while the engine runs, by the name of its thread."""
        return {} if self.door is None else {"kafka": self.door.run}

    def checks(self) -> Mapping[str, Callable[[], State]]:
        """For /readyz. A Kafka that is down is no reason to refuse what comes in by other doors."""
        door = self.door
        return {} if door is None else {"kafka": lambda: State(door.is_running, door.describe())}


def make_kafka(settings: Settings, recorder: Recorder, metrics: EngineMetrics, spool: Spool | None) -> KafkaPart:
    """The door, not reading yet. Where there is none, the log is held for none. `spool` is None for a store without a log.

    Raises SettingsError where the library is missing, or a secret cannot be read.
    """
    given = settings.kafka
    requests = spool.requests if spool is not None else None
    if given.bootstrap_servers:
        return KafkaPart(_door(given, recorder, metrics, RecordedBatches(requests, given.group)))
    if requests is not None and HOLD in requests.holds():
        requests.release(HOLD)
    return KafkaPart(None)


def _door(given: KafkaSettings, recorder: Recorder, metrics: EngineMetrics, recorded: RecordedBatches) -> "KafkaDoor":
    client = _client(given)
    from correlator.doors.kafka.door import KafkaDoor
    from correlator.doors.kafka.reader import Reader, Reading
    from correlator.doors.kafka.refused import RefusedMessages

    shown = KafkaMetrics(metrics)
    refused = RefusedMessages(client, given.dead_letter_topic, shown)
    recording = Recording(recorder.submit, recorded, refused.keep, shown, given.bytes_in_flight)
    reading = Reading(given.group, given.topics, given.batch)
    return KafkaDoor(lambda: Reader(client, reading, recording, recorded, shown), recorded, shown)


def _client(given: KafkaSettings) -> "Client":
    if importlib.util.find_spec("confluent_kafka") is None:
        raise SettingsError(
            "kafka.bootstrap_servers is set, but confluent-kafka is not installed; pip install 'correlator[kafka]'"
        )
    from correlator.doors.kafka.client import Client

    given.read_secrets()  # one that cannot be read ends the start
    if given.is_exposed:
        log.warning("kafka_exposed", security=given.security, remedy="let kafka.security be ssl or sasl_ssl")
    return Client(
        bootstrap_servers=",".join(given.bootstrap_servers),
        group=given.group,
        security=given.client_security(),
        read_secrets=given.read_secrets,
        group_protocol=given.group_protocol,
        instance_id=given.instance_id,
        session_timeout_s=given.session_timeout,
        offset_reset=given.offset_reset,
        fetch_ahead_bytes=given.bytes_in_flight,
    )
