"""What reads topics of OTLP."""

import importlib.util
from typing import TYPE_CHECKING

import structlog

from correlator.doors.kafka.recorded import HOLD, RecordedBatches
from correlator.doors.kafka.recording import Recording
from correlator.errors import SettingsError
from correlator.pipeline.exporter import Spool
from correlator.pipeline.record import Recorder
from correlator.settings import Settings
from correlator.settings.kafka import KafkaSettings
from correlator.telemetry.kafka_metrics import KafkaMetrics
from correlator.telemetry.metrics import EngineMetrics

if TYPE_CHECKING:
    from correlator.doors.kafka.client import Client
    from correlator.doors.kafka.door import KafkaDoor

log = structlog.get_logger()


def make_kafka_door(
    settings: Settings, recorder: Recorder, metrics: EngineMetrics, spool: Spool | None
) -> "KafkaDoor | None":
    """The door, not reading yet; None where `kafka.bootstrap_servers` names none: the log is held for nobody then.

    `spool` is None for a store that keeps no log. Raises SettingsError where the library is missing, or a secret.
    """
    given = settings.kafka
    if not given.bootstrap_servers:
        if spool is not None and HOLD in spool.requests.holds():
            spool.requests.release(HOLD)
        return None
    client = _client(given)
    from correlator.doors.kafka.door import KafkaDoor
    from correlator.doors.kafka.reader import Reader, Reading
    from correlator.doors.kafka.refused import RefusedMessages

    shown = KafkaMetrics(metrics)
    recorded = RecordedBatches(spool.requests if spool is not None else None)
    refused = RefusedMessages(client, given.dead_letter_topic, shown)
    recording = Recording(recorder.submit, recorded, refused.keep, shown, given.bytes_in_flight)
    reading = Reading(given.group, given.topics, given.batch)
    return KafkaDoor(lambda: Reader(client, reading, recording, recorded, shown), recorded, shown)


def _client(given: KafkaSettings) -> "Client":
    if importlib.util.find_spec("confluent_kafka") is None:
        raise SettingsError(
            "kafka.bootstrap_servers is set, but confluent-kafka is not installed; install it by pip install 'correlator[kafka]'"
        )
    from correlator.doors.kafka.client import Client

    given.read_secrets()  # one that cannot be read ends the start
    if given.is_exposed:
        log.warning("kafka_exposed", security=given.security, remedy="let kafka.security be ssl or sasl_ssl")
    return Client(
        ",".join(given.bootstrap_servers),
        given.group,
        given.client_security(),
        given.read_secrets,
        given.group_protocol,
        given.instance_id,
        given.session_timeout,
        given.offset_reset,
        given.bytes_in_flight // 2,
    )
