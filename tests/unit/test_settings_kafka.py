"""The section `kafka`: what is refused, and what the client is told."""

from pathlib import Path
from typing import Any

import pytest

from correlator.errors import SettingsError
from correlator.settings import Settings, load_settings


def loaded(**kafka: Any) -> Settings:
    return load_settings(flags={"kafka": {"bootstrap_servers": ["kafka:9092"], **kafka}})


def test_nothing_is_read_unless_brokers_are_named() -> None:
    """The default."""
    assert load_settings().kafka.bootstrap_servers == ()


@pytest.mark.parametrize(
    ("kafka", "message"),
    [
        ({"bootstrap_servers": ["kafka"]}, "needs host:port"),
        ({"traces_topics": ["otlp spans"]}, "is no name of a topic"),
        ({"traces_topics": ["telemetry"], "logs_topics": ["telemetry"]}, "is named twice; a topic holds one signal"),
        ({"traces_topics": [], "logs_topics": [], "metrics_topics": []}, "no topic is named"),
        ({"security": "sasl_ssl"}, "needs username and password_file"),
        ({"username": "engine", "password_file": "secret"}, "has no login"),
        ({"certificate_file": "engine.pem"}, "belong together"),
        ({"group": "a/b"}, "group"),
        ({"password": "words"}, "unknown"),
    ],
)
def test_what_cannot_work_is_refused(kafka: dict[str, Any], message: str) -> None:
    """With a remedy."""
    with pytest.raises(SettingsError, match=message):
        loaded(**kafka)


def test_topics_have_signals() -> None:
    """The Collector's names, unless others are given."""
    assert loaded(logs_topics=["a", "b"], metrics_topics=[]).kafka.topics == {
        "otlp_spans": "traces",
        "a": "logs",
        "b": "logs",
    }


def test_the_password_is_read_from_its_file_anew(tmp_path: Path) -> None:
    """And is nowhere else: not among what is told of the settings."""
    file = tmp_path / "password"
    file.write_text("first\n")
    kafka = loaded(security="sasl_ssl", username="engine", password_file=str(file), ca_file="ca.pem").kafka
    assert kafka.client_security() == {
        "security.protocol": "sasl_ssl",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "engine",
        "ssl.ca.location": "ca.pem",
    }
    assert kafka.read_secrets() == {"sasl.password": "first"}
    file.write_text("second\n")
    assert kafka.read_secrets() == {"sasl.password": "second"}
    assert "second" not in repr(kafka)


def test_a_password_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """By the name of the setting and of the file."""
    kafka = loaded(security="sasl_ssl", username="engine", password_file=str(tmp_path / "none")).kafka
    with pytest.raises(SettingsError, match=r"kafka\.password_file.*none.*make it readable"):
        kafka.read_secrets()


@pytest.mark.parametrize(
    ("kafka", "is_exposed"),
    [
        ({}, True),
        ({"bootstrap_servers": ["127.0.0.1:9092"]}, False),
        ({"security": "ssl"}, False),
        ({"security": "sasl_plaintext", "username": "engine", "password_file": "secret"}, True),
    ],
)
def test_an_unencrypted_network_is_noticed(kafka: dict[str, Any], is_exposed: bool) -> None:
    """Telemetry and password go over it."""
    assert loaded(**kafka).kafka.is_exposed is is_exposed
