"""What doctor says of the targets of forwarding."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest

from correlator.cli.checks.check import Check, Verdict
from correlator.cli.checks.forward import check_target
from correlator.settings.forward import ForwardTarget
from tests.unit.exporters.otlp.backends import http_backend


def checked(endpoint: str, **given: Any) -> list[Check]:
    return list(check_target(ForwardTarget(name="central", endpoint=endpoint, **given)))


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """Key and certificate of `localhost`, which is its own authority."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed: it makes the certificate")
    key, own = tmp_path / "key.pem", tmp_path / "own.pem"
    subject = ["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", own, *subject]
    subprocess.run(command, check=True, capture_output=True)
    return key, own


@contextmanager
def port() -> Iterator[tuple[int, list[bytes]]]:
    """One that takes a connection, for the block, and all that came over it, known after the block."""
    came: list[bytes] = []

    def take() -> None:
        connection, _ = listener.accept()
        with connection:
            came.append(connection.recv(1))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=take)
        thread.start()
        yield listener.getsockname()[1], came
        thread.join(10)


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_a_port_that_takes_connections_is_fine_and_gets_nothing(protocol: Literal["http", "grpc"]) -> None:
    """Not one byte."""
    with port() as (number, came):
        (check,) = checked(f"http://127.0.0.1:{number}", protocol=protocol)
    assert (check.name, check.verdict) == ("forward central", Verdict.OK)
    assert came == [b""]


def test_a_host_that_is_not_known_and_a_port_without_a_listener_are_told(nobody_url: str) -> None:
    """RFC 2606 keeps .invalid free."""
    (unknown,) = checked("http://no-such-host.invalid:4318")
    assert (unknown.verdict, "is not known here" in unknown.seen) == (Verdict.FAIL, True)
    (nobody,) = checked(nobody_url)
    assert (nobody.verdict, "refused" in nobody.seen) == (Verdict.FAIL, True)


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_tls_is_trusted_by_the_named_authority_and_no_other(
    certificate: tuple[Path, Path], protocol: Literal["http", "grpc"]
) -> None:
    """What the senders will see, before they do."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate[1], certificate[0])
    with http_backend(context=context) as backend:
        (trusted,) = checked(backend.url, protocol=protocol, ca_file=certificate[1])
        (refused,) = checked(backend.url, protocol=protocol)
    assert (trusted.verdict, "certificate is trusted" in trusted.seen) == (Verdict.OK, True)
    assert (refused.verdict, "ca_file" in refused.remedy) == (Verdict.FAIL, True)
    assert backend.calls == []


def test_a_port_without_tls_is_told_from_one_that_is_not_trusted() -> None:
    """The scheme is to be corrected, not the certificate."""
    with http_backend() as backend:
        (check,) = checked(backend.url.replace("http:", "https:"))
    assert (check.verdict, "http://" in check.remedy) == (Verdict.FAIL, True)


def test_files_that_cannot_be_read_are_told_and_a_secret_in_the_open(tmp_path: Path) -> None:
    """Never what is in them. 192.0.2.0/24 is for documentation (RFC 5737): nobody is asked there."""
    (no_token,) = checked("http://127.0.0.1:1", token_file=tmp_path / "none")
    assert (no_token.verdict, "token_file" in no_token.seen) == (Verdict.FAIL, True)
    (no_ca,) = checked("https://127.0.0.1:1", ca_file=tmp_path / "none")
    assert (no_ca.verdict, "ca_file" in no_ca.seen) == (Verdict.FAIL, True)
    (tmp_path / "token").write_text("very-secret")
    exposed = next(check_target(ForwardTarget(name="a", endpoint="http://192.0.2.1:1", token_file=tmp_path / "token")))
    assert (exposed.verdict, "unencrypted" in exposed.seen) == (Verdict.WARN, True)
    assert "very-secret" not in f"{exposed}"
