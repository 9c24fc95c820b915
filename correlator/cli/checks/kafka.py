"""The Kafka of the settings: whether it is named, and what is needed to ask it."""

import importlib.util
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from correlator.cli.checks.check import Check, Verdict
from correlator.cli.checks.software import installed_by
from correlator.errors import SettingsError

if TYPE_CHECKING:
    from correlator.settings.kafka import KafkaSettings

NAME: Final = "kafka"


def check_kafka(settings: "KafkaSettings") -> Iterator[Check]:
    """Nothing where no brokers are named; else what brokers.py asks."""
    if not settings.bootstrap_servers:
        return
    if importlib.util.find_spec("confluent_kafka") is None:
        yield Check(NAME, Verdict.FAIL, "confluent-kafka is not installed", installed_by("kafka"))
        return
    if settings.is_exposed:
        seen = f"what is read goes over the network unencrypted (kafka.security: {settings.security})"
        yield Check(NAME, Verdict.WARN, seen, "let kafka.security be ssl or sasl_ssl")
    from correlator.cli.checks.brokers import check_brokers

    try:
        yield from check_brokers(settings)
    except SettingsError as error:
        yield Check(NAME, Verdict.FAIL, str(error), "correct it, and run doctor again")
