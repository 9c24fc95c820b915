"""What Kafka complains of. Most of it passes, and the library tries again by itself."""

from typing import Final

import structlog
from confluent_kafka import KafkaError, KafkaException

log = structlog.get_logger()

_REJOIN: Final = frozenset({KafkaError._AUTHENTICATION, KafkaError._FENCED, KafkaError.FENCED_INSTANCE_ID})
"""After these a new client is needed: with the password read anew, or as another member."""


class Trouble:
    """`name` is that of the last error since all was well, "" while it is. Each is logged once until then."""

    def __init__(self) -> None:
        self.name = ""
        self._told: set[str] = set()
        self._must_rejoin: KafkaError | None = None

    def hear(self, error: KafkaError) -> None:
        """The end of a partition is told as an error, and is none."""
        if error.code() == KafkaError._PARTITION_EOF:
            self.all_is_well()
            return
        if error.fatal() or error.code() in _REJOIN:
            self._must_rejoin = error
        if error.name() not in self._told:  # they take turns while a broker is down
            log.warning("kafka_trouble", error=error.name(), detail=error.str())
            self._told.add(error.name())
        self.name = error.name()

    def all_is_well(self) -> None:
        """Something came from a broker."""
        if self.name:
            log.info("kafka_answers_again")
            self.name = ""
            self._told.clear()

    def raise_if_final(self) -> None:
        """Raises KafkaException after an error that only a new client gets over."""
        if self._must_rejoin is not None:
            raise KafkaException(self._must_rejoin)
