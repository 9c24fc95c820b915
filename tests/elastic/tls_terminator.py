"""TLS before a server that speaks none: a certificate of an authority of its own, for 127.0.0.1."""

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Terminator:
    """Where it listens, and the authority's certificate."""

    url: str
    ca_file: Path


@contextmanager
def tls_before(address: str, folder: Path) -> Iterator[Terminator]:
    """For the block: what comes over TLS goes on to `address` (host:port)."""
    ca, chain, key = _certificates(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    listener = socket.create_server(("127.0.0.1", 0))
    host, _, port = address.partition(":")
    thread = threading.Thread(target=_accept, args=(listener, context, (host, int(port))), daemon=True)
    thread.start()
    try:
        yield Terminator(f"https://127.0.0.1:{listener.getsockname()[1]}", ca)
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


def _accept(listener: socket.socket, context: ssl.SSLContext, onward: tuple[str, int]) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_serve, args=(client, context, onward), daemon=True).start()


def _serve(client: socket.socket, context: ssl.SSLContext, onward: tuple[str, int]) -> None:
    with (
        client,
        suppress(OSError),
        context.wrap_socket(client, server_side=True) as near,
        socket.create_connection(onward) as far,
    ):
        answers = threading.Thread(target=_copy, args=(far, near), daemon=True)
        answers.start()
        _copy(near, far)
        answers.join(10)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while content := source.recv(65_536):
            target.sendall(content)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _certificates(folder: Path) -> tuple[Path, Path, Path]:
    """The authority's certificate, the server's and its key."""
    ca, ca_key, chain, key, request, names = (
        folder / name for name in ("ca.pem", "ca.key", "server.pem", "server.key", "server.csr", "names")
    )
    names.write_text("subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
    new = ("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj")
    authority = (*new, "/CN=lab authority", "-x509", "-days", "2", "-keyout", ca_key, "-out", ca)
    usage = ("-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    asked = (*new, "/CN=127.0.0.1", "-keyout", key, "-out", request)
    signed = ("openssl", "x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial")
    for command in ((*authority, *usage), asked, (*signed, "-days", "2", "-extfile", names, "-out", chain)):
        subprocess.run(command, check=True, capture_output=True, timeout=30)
    return ca, chain, key
