"""What is remembered of Kafka's errors, and which of them end a membership."""

import pytest
from confluent_kafka import KafkaError, KafkaException
from structlog.testing import capture_logs

from correlator.doors.kafka.trouble import Trouble

DOWN = KafkaError(KafkaError._TRANSPORT)
ALL_DOWN = KafkaError(KafkaError._ALL_BROKERS_DOWN)
END = KafkaError(KafkaError._PARTITION_EOF)


def test_each_error_is_logged_once_until_all_is_well() -> None:
    """They take turns while a broker is down; the next time that it is down is news."""
    trouble = Trouble()
    with capture_logs() as logs:
        for error in (DOWN, ALL_DOWN, DOWN, ALL_DOWN):
            trouble.hear(error)
        trouble.all_is_well()
        trouble.all_is_well()
        trouble.hear(DOWN)
    assert [(each["event"], each.get("error")) for each in logs] == [
        ("kafka_trouble", "_TRANSPORT"),
        ("kafka_trouble", "_ALL_BROKERS_DOWN"),
        ("kafka_answers_again", None),
        ("kafka_trouble", "_TRANSPORT"),
    ]


def test_it_has_the_name_of_the_last_error() -> None:
    """Empty before the first, and once something came again."""
    trouble = Trouble()
    names = [trouble.name]
    for error in (DOWN, ALL_DOWN, END):
        trouble.hear(error)
        names.append(trouble.name)
    assert names == ["", "_TRANSPORT", "_ALL_BROKERS_DOWN", ""]


@pytest.mark.parametrize(
    "error",
    [
        KafkaError(KafkaError._AUTHENTICATION),
        KafkaError(KafkaError.FENCED_INSTANCE_ID),
        KafkaError(KafkaError._FENCED),
        KafkaError(KafkaError._INCONSISTENT, "what it was", True),
    ],
    ids=["password", "other member", "fenced", "fatal"],
)
def test_some_errors_need_a_new_client(error: KafkaError) -> None:
    """Whatever comes after them."""
    trouble = Trouble()
    trouble.hear(error)
    trouble.hear(END)
    with pytest.raises(KafkaException) as raised:
        trouble.raise_if_final()
    assert raised.value.args[0] is error


def test_errors_that_pass_need_none() -> None:
    """The library tries again by itself."""
    trouble = Trouble()
    for error in (DOWN, ALL_DOWN, END):
        trouble.hear(error)
    trouble.raise_if_final()
