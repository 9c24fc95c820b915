"""The settings section `elasticsearch`."""

import base64
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from correlator.elasticsearch.connection import ApiKey, Basic
from correlator.errors import SettingsError
from correlator.settings.elasticsearch import ElasticsearchSettings

CLOUD_ID = "lab:" + base64.b64encode(b"eu.example.com:9243$abc$def").decode()


def made(**given: Any) -> ElasticsearchSettings:
    return ElasticsearchSettings(**given)


def test_a_node_suffices() -> None:
    """Nobody proves anything; names are those that Kibana and the Collector expect."""
    settings = made(hosts=["http://127.0.0.1:9200/"])
    assert settings.connection.hosts == ("http://127.0.0.1:9200",)
    assert settings.read_credentials() is None
    assert settings.names.stream("traces") == "traces-generic.otel-default"
    assert settings.names.error_groups == "correlator-error-groups"


def test_a_port_goes_without_saying() -> None:
    """The client asks for one."""
    assert made(hosts=["https://es.example.com", "http://[::1]/es"]).hosts == (
        "https://es.example.com:443",
        "http://[::1]:80/es",
    )


def test_a_namespace_is_in_all_names() -> None:
    """So that engines that share a cluster keep apart."""
    names = made(hosts=["http://a"], prefix="p", dataset="d", namespace="blue").names
    assert (names.stream("logs"), names.run_parts) == ("logs-d.otel-blue", "p-run-parts-blue")


def test_a_cloud_id_is_a_place() -> None:
    """Its domain, port and cluster come to a URL of TLS."""
    assert made(cloud_id=CLOUD_ID).place == "https://abc.eu.example.com:9243"
    plain = base64.b64encode(b"eu.example.com$abc$").decode()
    assert made(cloud_id=plain).place == "https://abc.eu.example.com:443"


@pytest.mark.parametrize("wrong", ["", "lab:", "lab:%%%", "lab:" + base64.b64encode(b"eu.example.com").decode()])
def test_a_cloud_id_that_is_none_is_told(wrong: str) -> None:
    """And where to find one."""
    with pytest.raises(SettingsError, match="copy it from the deployment's page"):
        made(cloud_id=wrong)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"hosts": ["http://me:secret@es"]}, "credentials"),
        ({"hosts": ["es:9200"]}, r"http\(s\)://host"),
        ({"hosts": ["http://a"], "cloud_id": CLOUD_ID}, "leave one of them out"),
        ({"api_key_file": "k", "user": "u", "password_file": "p"}, "leave one of them out"),
        ({"user": "u"}, "belong together"),
        ({"password_file": "p"}, "belong together"),
        ({"dataset": "my-data"}, "pattern"),
        ({"prefix": "Upper"}, "pattern"),
        ({"retention": "1m"}, "3600"),
    ],
)
def test_a_mistake_is_named(given: dict[str, Any], message: str) -> None:
    """Before anything is asked for."""
    with pytest.raises(ValidationError, match=message):
        made(**given)


def test_secrets_come_from_files_read_anew(tmp_path: Path) -> None:
    """A new key is used without a restart; what is in the file is never shown."""
    file = tmp_path / "key"
    file.write_text("first\n")
    settings = made(hosts=["http://es.example.com"], api_key_file=file)
    assert settings.read_credentials() == ApiKey("first")
    file.write_text("second\n")
    assert settings.read_credentials() == ApiKey("second")
    assert "second" not in repr(settings.read_credentials())
    file.write_text("two words")
    with pytest.raises(SettingsError, match=r"elasticsearch\.api_key_file.*holds more than a key") as told:
        settings.read_credentials()
    assert "two words" not in str(told.value)


def test_a_password_may_come_from_the_environment() -> None:
    """As any secret may."""
    settings = made(hosts=["http://127.0.0.1:9200"], user="u", password="p")
    assert settings.read_credentials() == Basic("u", "p")
    assert settings.exposed_hosts == ()


def test_a_secret_on_an_open_network_is_noticed() -> None:
    """Not that to this machine, nor one over TLS, nor where there is none."""
    hosts = ["http://es.example.com:9200", "https://es.example.com:9243", "http://localhost:9200"]
    assert made(hosts=hosts, user="u", password="p").exposed_hosts == ("http://es.example.com:9200",)
    assert made(hosts=hosts).exposed_hosts == ()


def test_no_cluster_is_told_when_one_is_needed() -> None:
    """With the setting and an example."""
    with pytest.raises(SettingsError, match=r"elasticsearch\.hosts is not set.*http://127\.0\.0\.1:9200"):
        _ = made().connection
