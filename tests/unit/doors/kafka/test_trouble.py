"""What is remembered of Kafka's errors, and which of them end a membership."""

import pytest
from confluent_kafka import KafkaError, KafkaException
from structlog.testing import capture_logs

from correlator.doors.kafka.trouble import NOT_REACHED, Trouble

DOWN = KafkaError(KafkaError._TRANSPORT, "127.0.0.1:1: Connection refused")
ALL_DOWN = KafkaError(KafkaError._ALL_BROKERS_DOWN)
UNKNOWN_NAME = KafkaError(KafkaError._RESOLVE)
NO_ANSWER = KafkaError(KafkaError._TIMED_OUT)
NOT_READABLE = KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED)
NOT_LEADER = KafkaError(KafkaError.NOT_LEADER_FOR_PARTITION)
END = KafkaError(KafkaError._PARTITION_EOF)


def test_an_outage_is_logged_once_until_all_is_well() -> None:
    """Its errors take turns; the next time that brokers are gone is news."""
    trouble = Trouble()
    with capture_logs() as logs:
        for error in (DOWN, ALL_DOWN, NO_ANSWER, DOWN, ALL_DOWN):
            trouble.hear(error)
        trouble.all_is_well()
        trouble.all_is_well()
        trouble.hear(ALL_DOWN)
    assert [(each["event"], each.get("error"), each.get("remedy")) for each in logs] == [
        ("kafka_trouble", "_TRANSPORT", NOT_REACHED),
        ("kafka_answers_again", None, None),
        ("kafka_trouble", "_ALL_BROKERS_DOWN", NOT_REACHED),
    ]


def test_it_says_what_is_new_and_what_to_do() -> None:
    """Of what only passes what the library says; nothing before the first, and once something came again."""
    trouble = Trouble()
    said = [trouble.said]
    for error in (DOWN, ALL_DOWN, NOT_READABLE, NOT_LEADER, END):
        trouble.hear(error)
        said.append(trouble.said)
    refused = f"127.0.0.1:1: Connection refused; {NOT_REACHED}"
    not_readable = f"{NOT_READABLE.str()}; give the user Read on the topics"
    assert said == ["", refused, refused, not_readable, NOT_LEADER.str(), ""]


def test_a_broker_that_answers_ends_an_outage_and_no_refusal() -> None:
    """Who may not read the group is told so as long as that is so."""
    trouble = Trouble()
    trouble.hear(DOWN)
    trouble.answered()
    assert trouble.said == ""
    trouble.hear(NOT_READABLE)
    trouble.answered()
    assert "give the user Read" in trouble.said


def test_that_no_broker_answers_hides_no_reason() -> None:
    """A name that is not known, or a certificate, is why; it is over when a broker answers."""
    trouble = Trouble()
    for error in (UNKNOWN_NAME, ALL_DOWN):
        trouble.hear(error)
    assert "that name is not known here" in trouble.said
    trouble.answered()
    assert trouble.said == ""


@pytest.mark.parametrize("code", [KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_PARTITION])
def test_of_a_topic_that_is_not_there_somebody_else_tells(code: int) -> None:
    """Before it was made, or once it is deleted: the library's word would last until the next message of another topic."""
    trouble = Trouble()
    with capture_logs() as logs:
        trouble.hear(KafkaError(code))
    assert (trouble.said, logs) == ("", [])


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
