"""Topics that brokers do not show us. The library tells of one at most once, and with group_protocol consumer never."""

import time
from collections.abc import Collection, Iterator, Mapping
from typing import Final

import structlog
from confluent_kafka import Consumer, KafkaException

from correlator.doors.kafka.trouble import Trouble

log = structlog.get_logger()

MISSING: Final = "not there, or not shown to this user"
LOOK_S: Final = 10.0  # between looks: the answer has all topics of the cluster
ANSWER_S: Final = 2.0  # the reader waits for it: of a broker that is there it takes milliseconds


class MissingTopics:
    """Those of `signals`, topics with their signals, that no broker shows; each is logged once until it is there."""

    def __init__(self, signals: Mapping[str, str], trouble: Trouble) -> None:
        self._signals = signals
        self._trouble = trouble
        self._missing: frozenset[str] = frozenset()
        self._next_s = 0.0  # time.monotonic

    def told(self) -> Iterator[str]:
        """Of each, what to do."""
        return (f"topic {each} is {MISSING}: {remedy_of(self._signals[each])}" for each in sorted(self._missing))

    def turn(self, consumer: Consumer, read: Collection[str]) -> None:
        """Look, once in LOOK_S. Topics that are `read` here are there: while there is no trouble, nobody is asked for them."""
        self._missing = self._missing.difference(read)
        if time.monotonic() < self._next_s:
            return
        unread = self._signals.keys() - read
        if unread or self._trouble.said:
            self._look(consumer, unread)
        self._next_s = time.monotonic() + LOOK_S

    def _look(self, consumer: Consumer, unread: Collection[str]) -> None:
        try:
            shown = consumer.list_topics(timeout=ANSWER_S).topics
        except KafkaException as error:
            self._trouble.hear(error.args[0])
            return
        self._trouble.answered()
        missing = frozenset(unread).difference(shown)
        for each in sorted(missing - self._missing):
            log.warning("kafka_topic_missing", topic=each, remedy=remedy_of(self._signals[each]))
        self._missing = missing


def remedy_of(signal: str) -> str:
    """For a topic of that signal."""
    return f"make it, or take it out of kafka.{signal}_topics; or give the user Read on it"
