"""How one proves oneself to a server with security: a password, an API key, TLS with a CA of one's own."""

import base64
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from elastic_transport import TlsError
from elasticsearch import AuthenticationException, Elasticsearch
from typer.testing import CliRunner, Result

from correlator.cli.app import app
from correlator.elasticsearch import Connection, connect
from correlator.elasticsearch.connection import ApiKey, Basic
from correlator.errors import SettingsError
from correlator.settings.elasticsearch import ElasticsearchSettings
from tests.e2e.jvm_peers import WHY_NO_ELASTICSEARCH, JvmServer, own_elasticsearch
from tests.e2e.peers import scripts
from tests.elastic.tls_terminator import Terminator, tls_before

pytestmark = [pytest.mark.skipif(scripts() is None, reason=WHY_NO_ELASTICSEARCH), pytest.mark.timeout(300)]

PASSWORD = secrets.token_hex(16)
SETUP_PRIVILEGES: dict[str, Any] = {
    "cluster": ["monitor", "manage_index_templates"],
    "indices": [
        {
            "names": ["traces-*.otel-*", "logs-*.otel-*", "metrics-*.otel-*", "correlator-*"],
            "privileges": ["view_index_metadata", "create_index", "manage"],
        }
    ],
}
"""As docs/how-to/send-to-elasticsearch.md has them."""


@pytest.fixture(scope="module")
def server() -> Iterator[JvmServer]:
    with own_elasticsearch(PASSWORD) as server:
        yield server


@pytest.fixture(scope="module")
def terminator(server: JvmServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminator]:
    with tls_before(server.address, tmp_path_factory.mktemp("tls")) as terminator:
        yield terminator


@pytest.fixture
def admin(server: JvmServer) -> Iterator[Elasticsearch]:
    with connect(Connection((server.url,), read_credentials=lambda: Basic("elastic", PASSWORD))) as client:
        yield client


@pytest.fixture
def key_of(admin: Elasticsearch) -> Callable[[dict[str, Any]], str]:
    """Makes an API key with the privileges given."""

    def make(privileges: dict[str, Any]) -> str:
        return str(
            admin.security.create_api_key(name=secrets.token_hex(4), role_descriptors={"r": privileges})["encoded"]
        )

    return make


def run(server_url: str, tmp_path: Path, *words: str, **section: Any) -> Result:
    config = tmp_path / "correlator.yaml"
    config.write_text(yaml.safe_dump({"elasticsearch": {"hosts": [server_url], "timeout": "120s", **section}}))
    return CliRunner().invoke(app, ["elasticsearch", *words, "--config", str(config)])


def secret_file(folder: Path, secret: str) -> str:
    file = folder / "secret"
    file.write_text(secret + "\n")
    return str(file)


def test_a_key_with_the_documented_privileges_makes_everything(
    server: JvmServer, tmp_path: Path, key_of: Callable[[dict[str, Any]], str]
) -> None:
    """And a second setup with it finds nothing to do."""
    key = secret_file(tmp_path, key_of(SETUP_PRIVILEGES))
    done = run(server.url, tmp_path, "setup", api_key_file=key)
    assert done.exit_code == 0, done.output
    assert run(server.url, tmp_path, "check", api_key_file=key).exit_code == 0


@pytest.mark.parametrize("missing", ["monitor", "manage_index_templates", "indices"])
def test_a_key_with_less_is_refused_and_told_which_role_it_needs(
    server: JvmServer, tmp_path: Path, key_of: Callable[[dict[str, Any]], str], missing: str
) -> None:
    """Each of them is needed."""
    cluster = [each for each in SETUP_PRIVILEGES["cluster"] if each != missing]
    indices = [] if missing == "indices" else SETUP_PRIVILEGES["indices"]
    key = secret_file(tmp_path, key_of({"cluster": cluster, "indices": indices}))
    told = run(server.url, tmp_path, "setup", api_key_file=key, prefix="other", dataset="other")
    answer = " ".join(told.stderr.split())
    assert (told.exit_code, "answers 403" in answer, "correlator elasticsearch roles setup" in answer) == (
        2,
        True,
        True,
    )


def test_a_wrong_password_is_told_without_showing_it(server: JvmServer, tmp_path: Path) -> None:
    """Exit 2, the status, and where to look."""
    told = run(server.url, tmp_path, "check", user="elastic", password_file=secret_file(tmp_path, "wrong-one"))
    assert (told.exit_code, "answers 401" in told.stderr, "wrong-one" in told.output) == (2, True, False)


def test_tls_is_checked_against_the_given_authority(terminator: Terminator) -> None:
    """With it one gets in; without it nobody is trusted; `verify=False` trusts anybody."""

    def connection(**given: Any) -> Connection:
        return Connection((terminator.url,), read_credentials=lambda: Basic("elastic", PASSWORD), **given)

    with connect(connection(ca_file=terminator.ca_file)) as client:
        assert client.info()["version"]["number"]
    with connect(connection(verify=False)) as client:
        assert client.info()["version"]["number"]
    with connect(connection()) as client, pytest.raises(TlsError):
        client.info()
    with pytest.raises(SettingsError, match=r"ca_file.*name certificates as PEM"):
        connect(connection(ca_file=terminator.ca_file.parent / "none.pem"))


def test_a_rotated_key_holds_for_a_client_that_is_in_use(
    server: JvmServer, admin: Elasticsearch, tmp_path: Path, key_of: Callable[[dict[str, Any]], str]
) -> None:
    """The old one is in its file no more, and then it is invalid."""
    old, new = key_of(SETUP_PRIVILEGES), key_of(SETUP_PRIVILEGES)
    file = Path(secret_file(tmp_path, old))
    with connect(ElasticsearchSettings(hosts=(server.url,), api_key_file=file).connection) as client:
        assert client.security.authenticate()["api_key"]["id"] == _id_of(old)
        secret_file(tmp_path, new)
        admin.security.invalidate_api_key(ids=[_id_of(old)])
        assert client.security.authenticate()["api_key"]["id"] == _id_of(new)


def _id_of(key: str) -> str:
    return base64.b64decode(key).decode().partition(":")[0]


def test_secrets_are_read_when_it_connects(server: JvmServer, key_of: Callable[[dict[str, Any]], str]) -> None:
    """A key that was changed in its file holds from the next client on."""
    keys = [base64.b64encode(b"no:key").decode(), key_of(SETUP_PRIVILEGES)]
    connection = Connection((server.url,), read_credentials=lambda: ApiKey(keys[0]))
    with connect(connection) as client, pytest.raises(AuthenticationException):
        client.info()
    del keys[0]
    with connect(connection) as client:
        assert client.info()["version"]["number"]
