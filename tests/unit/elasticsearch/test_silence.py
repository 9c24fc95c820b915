"""What is told of a cluster that does not answer."""

from socket import create_server

import pytest
from elasticsearch import TransportError

from correlator.elasticsearch import Connection, connect
from correlator.elasticsearch.connection import ApiKey
from correlator.elasticsearch.silence import silence_of
from tests.ports import free_port


def silence_at(*hosts: str, is_gzip: bool = False) -> str:
    connection = Connection(hosts, read_credentials=lambda: ApiKey("c2VjcmV0"), timeout_s=0.2, is_gzip=is_gzip)
    with connect(connection) as client, pytest.raises(TransportError) as failed:
        client.info()
    assert "c2VjcmV0" not in silence_of(failed.value)
    return silence_of(failed.value)


@pytest.mark.parametrize("is_gzip", [False, True])
def test_a_server_that_is_stopped_is_told_in_the_systems_words(is_gzip: bool) -> None:
    """Compressed or not."""
    place = f"http://127.0.0.1:{free_port()}"
    assert silence_at(place, is_gzip=is_gzip) == f"does not answer at {place} (Connection refused)"


def test_a_name_that_nobody_has_reads_otherwise_than_a_stopped_server() -> None:
    """The resolver's words are its own."""
    told = silence_at("http://es.invalid:9200")
    assert told.startswith("does not answer at http://es.invalid:9200 (")
    assert "Error" not in told
    assert "refused" not in told


def test_what_the_system_has_no_words_for_is_told_by_its_kind() -> None:
    """As a server that takes a connection and says nothing."""
    with create_server(("127.0.0.1", 0)) as listening:
        place = f"http://127.0.0.1:{listening.getsockname()[1]}"
        assert silence_at(place) == f"does not answer at {place} (ConnectionTimeout)"


def test_an_error_of_no_node_names_none() -> None:
    """Nor does it quote what it says."""
    assert silence_of(TransportError("Authorization: ApiKey c2VjcmV0")) == "does not answer (TransportError)"
