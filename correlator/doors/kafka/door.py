"""The door's thread: a member of the group while all is well, and again after an error."""

import threading
from collections.abc import Callable
from typing import Final

import structlog
from confluent_kafka import KafkaException

from correlator.doors.kafka.reader import Reader
from correlator.doors.kafka.recorded import RecordedBatches
from correlator.doors.kafka.trouble import in_words
from correlator.errors import SettingsError
from correlator.telemetry.kafka_metrics import KafkaMetrics

log = structlog.get_logger()

REJOIN_S: Final = 5.0  # after an error
LEAVE_S: Final = 20.0  # for what is in flight: eight batches, on a slow machine
WATCH_S: Final = 1.0  # between looks at whether the reader lives


class KafkaDoor:
    """Turns until it is told to stop. `join` makes a Reader."""

    def __init__(self, join: Callable[[], Reader], recorded: RecordedBatches, metrics: KafkaMetrics) -> None:
        self._join = join
        self._recorded = recorded
        self._metrics = metrics
        self._reader: Reader | None = None
        self._trouble = "not in the group yet"
        self.is_running = False

    def run(self, stopping: threading.Event) -> None:
        """Read until `stopping` is set; then what is at hand is recorded and committed, for LEAVE_S at most: while no broker
        answers, the library waits for a commit as long as it likes. What was not committed is known again."""
        reading = threading.Thread(target=self._read, args=(stopping,), name="kafka-reader", daemon=True)
        self.is_running = True
        reading.start()
        while reading.is_alive() and not stopping.wait(WATCH_S):
            pass
        reading.join(LEAVE_S)
        if reading.is_alive():
            log.warning("kafka_left_without_commit", waited_s=LEAVE_S)
        self.is_running = False

    def _read(self, stopping: threading.Event) -> None:
        while not stopping.is_set():
            if self._is_over(stopping):
                stopping.wait(REJOIN_S)

    def describe(self) -> str:
        """In words, without a secret: how it does."""
        reader = self._reader
        return reader.describe() if reader is not None else self._trouble

    def _is_over(self, stopping: threading.Event) -> bool:
        """One membership from join to leave; whether an error ended it."""
        try:
            log.info("kafka_recorded_before", batches=self._recorded.load())
            self._reader = self._join()
            try:
                while not stopping.is_set():
                    self._reader.turn()
            finally:
                self._reader.close()
        except KafkaException as error:
            self._failed(error.args[0].name(), in_words(error.args[0]))
            return True
        except SettingsError as error:
            self._failed(type(error).__name__, str(error))
            return True
        except Exception as error:  # the door's own loop: counted and logged, and joined again
            log.exception("kafka_door_failed")
            self._failed(type(error).__name__, type(error).__name__)
            return True
        finally:
            self._reader = None
        return False

    def _failed(self, error_type: str, detail: str) -> None:
        self._metrics.failures.inc()
        self._trouble = detail
        log.warning("kafka_group_left", error_type=error_type, detail=detail, rejoin_in_s=REJOIN_S)
