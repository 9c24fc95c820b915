"""A secret that is rotated while a client is in use."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from elasticsearch import AuthenticationException, AuthorizationException

from correlator.elasticsearch import Connection, Names, connect
from correlator.elasticsearch.connection import ApiKey, Basic, Credentials
from correlator.errors import Unavailable
from correlator.settings.elasticsearch import ElasticsearchSettings
from correlator.store.elasticsearch import ElasticsearchStore
from tests.unit.elasticsearch.stand_in import Answer, Asked, stand_in

REFUSED = {"error": {"type": "security_exception", "reason": "unable to authenticate with provided credentials"}}


@dataclass
class Guarded:
    """A server that lets in who sends this header, and remembers what was sent."""

    expected: str
    url: str = ""
    status: int = 401
    sent: list[str | None] = field(default_factory=list)

    def answer(self, asked: Asked) -> Answer:
        self.sent.append(asked.headers["authorization"])
        if self.sent[-1] != self.expected:
            return Answer(REFUSED, self.status)
        return Answer({"hits": {"hits": [], "total": {"value": 7}}, "_shards": {"failed": 0}})


@pytest.fixture
def guarded() -> Iterator[Guarded]:
    told = Guarded("ApiKey b2xk")
    with stand_in(told.answer) as told.url:
        yield told


class Secret:
    """What is in the file; `reads` counts."""

    def __init__(self, credentials: Credentials) -> None:
        self.credentials, self.reads = credentials, 0

    def read(self) -> Credentials:
        self.reads += 1
        return self.credentials


def settings(url: str, file: Path) -> ElasticsearchSettings:
    return ElasticsearchSettings(hosts=(url,), api_key_file=file)


def test_the_store_goes_on_with_the_key_that_is_in_its_file_by_now(guarded: Guarded, tmp_path: Path) -> None:
    """Without a restart; also from the clients that it made with options of their own."""
    file = tmp_path / "key"
    file.write_text("b2xk\n")
    with connect(settings(guarded.url, file).connection) as client:
        store = ElasticsearchStore(client, Names())
        assert store.stats().spans == 7
        guarded.expected = "ApiKey bmV3"
        file.write_text("bmV3\n")
        assert store.stats().spans == 7
        assert client.options(ignore_status=404).info()["hits"]
        store.close()
    assert guarded.sent.count("ApiKey b2xk") == 5, "four questions before, and the one that was refused"


@pytest.mark.parametrize(
    ("credentials", "header"),
    [(ApiKey("bmV3"), "ApiKey bmV3"), (Basic("elastic", "pass:ü"), "Basic ZWxhc3RpYzpwYXNzOsO8")],
)
def test_what_goes_out_is_what_the_scheme_asks_for(guarded: Guarded, credentials: Credentials, header: str) -> None:
    """A user's name and password as UTF-8 (RFC 7617)."""
    guarded.expected = header
    with connect(Connection((guarded.url,), read_credentials=lambda: credentials)) as client:
        client.info()
    assert guarded.sent == [header]


def test_without_a_secret_none_is_sent(guarded: Guarded) -> None:
    """And a refusal is told at once."""
    with connect(Connection((guarded.url,))) as client, pytest.raises(AuthenticationException):
        client.info()
    assert guarded.sent == [None]


def test_many_threads_that_are_refused_read_a_rotated_secret_once(guarded: Guarded) -> None:
    """The one that comes first; and none while it is accepted."""
    secret = Secret(ApiKey("b2xk"))
    with connect(Connection((guarded.url,), read_credentials=secret.read)) as client, ThreadPoolExecutor(8) as threads:
        client.info()
        assert secret.reads == 1
        secret.credentials, guarded.expected = ApiKey("bmV3"), "ApiKey bmV3"
        for told in [threads.submit(client.info) for _ in range(32)]:
            assert told.result()["hits"]
    assert secret.reads == 2


@pytest.mark.parametrize(("status", "error"), [(401, AuthenticationException), (403, AuthorizationException)])
def test_a_secret_that_is_the_same_is_not_sent_again(guarded: Guarded, status: int, error: type[Exception]) -> None:
    """The refusal stands, until the file holds another."""
    guarded.status, guarded.expected = status, "ApiKey bmV3"
    secret = Secret(ApiKey("b2xk"))
    with connect(Connection((guarded.url,), read_credentials=secret.read)) as client:
        with pytest.raises(error):
            client.info()
        assert guarded.sent == ["ApiKey b2xk"]
        secret.credentials = ApiKey("bmV3")
        client.info()
    assert guarded.sent == ["ApiKey b2xk", "ApiKey b2xk", "ApiKey bmV3"]


@pytest.mark.parametrize("content", ["", "two words", None])
def test_a_file_that_is_being_replaced_is_waited_for(
    guarded: Guarded, tmp_path: Path, content: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    """It may be empty or gone for a moment: the refusal says where to look. No secret is in an error, or in the log."""
    file = tmp_path / "key"
    file.write_text("b2xk")
    with connect(settings(guarded.url, file).connection) as client, caplog.at_level(logging.DEBUG):
        store = ElasticsearchStore(client, Names())
        guarded.expected = "ApiKey bmV3"
        file.unlink() if content is None else file.write_text(content)
        with pytest.raises(Unavailable, match=r"answers 401.*mend elasticsearch\.api_key_file") as told:
            store.stats()
        file.write_text("bmV3")
        assert store.stats().spans == 7
        store.close()
    assert not any(each in f"{told.value!r} {told.value.__cause__!r} {caplog.text}" for each in ("b2xk", "bmV3"))
