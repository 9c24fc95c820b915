"""The Kafka whose topics of OTLP are read."""

import re
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from correlator.settings.places import read_secret
from correlator.settings.units import Address, Bytes, Duration, Section, is_loopback

Topics = tuple[str, ...]
_TOPIC: Final = re.compile(r"[A-Za-z0-9._-]{1,249}")
"""Kafka's rule for names of topics."""


class KafkaSettings(Section):
    """Topics of OTLP messages, as the Collector's Kafka exporter writes them. Without `bootstrap_servers` nothing is read."""

    bootstrap_servers: tuple[Address, ...] = Field(default=(), description="Brokers to begin with, each as host:port.")
    group: str = Field(
        default="correlator",
        pattern=r"^[A-Za-z0-9._-]{1,200}$",
        description="Consumer group: engines of one group share the partitions.",
    )
    traces_topics: Topics = Field(default=("otlp_spans",), description="Topics with traces; `[]` for none.")
    logs_topics: Topics = Field(default=("otlp_logs",), description="Topics with logs.")
    metrics_topics: Topics = Field(default=("otlp_metrics",), description="Topics with metrics.")
    offset_reset: Literal["earliest", "latest"] = Field(
        default="earliest", description="Where a group begins that has committed nothing, or what is there no more."
    )
    group_protocol: Literal["classic", "consumer"] = Field(
        default="classic", description="`consumer`: the protocol of KIP-848, for brokers from 4.0 on; quicker."
    )
    instance_id: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9._-]{1,200}$",
        description="Name of this engine in the group, the same after each start: one that comes back within "
        "`session_timeout` has its partitions again, and nobody else had them. With the classic protocol: with the other, "
        "one that was killed waits until its session has ended.",
    )
    session_timeout: Duration = Field(
        default="45s",
        ge=1,
        le=300,
        description="An engine that is silent for so long loses its partitions (classic protocol).",
    )  # type: ignore[assignment]
    batch: Bytes = Field(
        default="1MiB", ge=1, le=16 * 2**20, description="Messages are joined up to this size, to be recorded as one."
    )  # type: ignore[assignment]
    bytes_in_flight: Bytes = Field(
        default="8MiB", gt=0, description="Over this, reading rests until what was read is recorded."
    )  # type: ignore[assignment]
    dead_letter_topic: str | None = Field(
        default=None, min_length=1, description="Topic that gets the messages which are no OTLP, with the reason."
    )
    security: Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"] = Field(
        default="plaintext", description="How brokers are spoken to."
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="SCRAM-SHA-512", description="How the user is authenticated."
    )
    username: str | None = Field(default=None, min_length=1, description="The user, with sasl_ssl or sasl_plaintext.")
    password_file: Path | None = Field(default=None, description="File that holds the user's password.")
    ca_file: Path | None = Field(default=None, description="Certificates to trust, as PEM, instead of the system's.")
    certificate_file: Path | None = Field(default=None, description="The engine's own certificate, as PEM.")
    key_file: Path | None = Field(default=None, description="Its key, as PEM; without a passphrase.")

    @property
    def topics(self) -> dict[str, str]:
        """Each topic with its signal."""
        by_signal = {"traces": self.traces_topics, "logs": self.logs_topics, "metrics": self.metrics_topics}
        return {topic: signal for signal, topics in by_signal.items() for topic in topics}

    @property
    def is_exposed(self) -> bool:
        """Whether the password, or telemetry, goes over a network unencrypted."""
        is_plain = self.security in ("plaintext", "sasl_plaintext")
        return is_plain and not all(is_loopback(server) for server in self.bootstrap_servers)

    def client_security(self) -> dict[str, str]:
        """librdkafka's properties of all that is no secret."""
        properties: dict[str, str] = {"security.protocol": self.security}
        if self.username is not None:
            properties |= {"sasl.mechanism": self.sasl_mechanism, "sasl.username": self.username}
        files = {
            "ssl.ca.location": self.ca_file,
            "ssl.certificate.location": self.certificate_file,
            "ssl.key.location": self.key_file,
        }
        return properties | {name: str(file) for name, file in files.items() if file is not None}

    def read_secrets(self) -> dict[str, str]:
        """librdkafka's property of the password. Raises SettingsError where its file cannot be read; never shows it."""
        if self.password_file is None:
            return {}
        return {"sasl.password": read_secret(self.password_file, "kafka.password_file", "password")}

    @field_validator("traces_topics", "logs_topics", "metrics_topics")
    @classmethod
    def _are_names(cls, topics: Topics) -> Topics:
        for topic in topics:
            if not _TOPIC.fullmatch(topic):
                raise ValueError(f"{topic!r} is no name of a topic; write one as otlp_spans")
        return topics

    @model_validator(mode="after")
    def _has_one_signal_a_topic(self) -> Self:
        named = [*self.traces_topics, *self.logs_topics, *self.metrics_topics]
        for topic in named:
            if named.count(topic) > 1:
                raise ValueError(f"topic {topic!r} is named twice; a topic holds one signal")
        if self.bootstrap_servers and not named:
            raise ValueError("no topic is named: give traces_topics, logs_topics or metrics_topics")
        return self

    @model_validator(mode="after")
    def _knows_its_user(self) -> Self:
        is_login = self.security.startswith("sasl")
        if is_login and (self.username is None or self.password_file is None):
            raise ValueError(f"security {self.security} needs username and password_file")
        if not is_login and (self.username is not None or self.password_file is not None):
            raise ValueError(f"security {self.security} has no login; let it be sasl_ssl, or leave the user out")
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("certificate_file and key_file belong together: give both, or none")
        return self
