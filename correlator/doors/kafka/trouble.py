"""What Kafka complains of. Most of it passes, and the library tries again by itself."""

from typing import Final

import structlog
from confluent_kafka import KafkaError, KafkaException

log = structlog.get_logger()

_REJOIN: Final = frozenset({KafkaError._AUTHENTICATION, KafkaError._FENCED, KafkaError.FENCED_INSTANCE_ID})
"""After these a new client is needed: with the password read anew, or as another member."""
_OUT_OF_REACH: Final = frozenset({KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._TIMED_OUT})
"""They take turns while a broker is down."""
_NOT_THERE: Final = frozenset(
    {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION}
)
"""Of topics that are missing MissingTopics tells, whatever the protocol, and as long as it is so."""
NOT_REACHED: Final = "is it running, is kafka.bootstrap_servers right, and is kafka.security what the brokers speak?"
REMEDIES: Final = {
    KafkaError._AUTHENTICATION: "see kafka.username, kafka.password_file and kafka.sasl_mechanism",
    KafkaError._SSL: "see kafka.ca_file and kafka.security; certificate_file, where brokers ask for one",
    KafkaError._RESOLVE: "that name is not known here: see kafka.bootstrap_servers",
    KafkaError.TOPIC_AUTHORIZATION_FAILED: "give the user Read on the topics",
    KafkaError.GROUP_AUTHORIZATION_FAILED: "give the user Read on the group",
}
"""By the code of an error that says why."""
_DISPROVED_BY_AN_ANSWER: Final = frozenset({NOT_REACHED, REMEDIES[KafkaError._RESOLVE], REMEDIES[KafkaError._SSL]})


class Trouble:
    """`said` is the last that was new since all was well and tells most, with what to do; "" while it is. Errors with one remedy are told once."""

    def __init__(self) -> None:
        self.said = ""
        self._told: set[str] = set()
        self._must_rejoin: KafkaError | None = None

    def hear(self, error: KafkaError) -> None:
        """The end of a partition is told as an error, and is none."""
        if error.code() == KafkaError._PARTITION_EOF:
            self.all_is_well()
            return
        if error.code() in _NOT_THERE:
            return
        if error.fatal() or error.code() in _REJOIN:
            self._must_rejoin = error
        remedy = _remedy(error)
        if (key := remedy or error.name()) not in self._told:
            log.warning("kafka_trouble", error=error.name(), detail=error.str(), remedy=remedy)
            self._told.add(key)
            if remedy != NOT_REACHED or not self.said:  # that no broker answers says less than why
                self.said = in_words(error)

    def all_is_well(self) -> None:
        """Something came from a broker."""
        if self.said:
            log.info("kafka_answers_again")
            self.said = ""
            self._told.clear()

    def answered(self) -> None:
        """A broker did: none is out of reach any more that was. What a broker refuses it may refuse still."""
        if self._told <= _DISPROVED_BY_AN_ANSWER:
            self.all_is_well()

    def raise_if_final(self) -> None:
        """Raises KafkaException after an error that only a new client gets over."""
        if self._must_rejoin is not None:
            raise KafkaException(self._must_rejoin)


def in_words(error: KafkaError) -> str:
    """What the library says, and what to do where we know it."""
    return "; ".join(filter(None, (error.str(), _remedy(error))))


def _remedy(error: KafkaError) -> str:
    return REMEDIES.get(error.code(), NOT_REACHED if error.code() in _OUT_OF_REACH else "")
